"""One sandbox for a module's attacks, and a container without guards to show that they work."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import Limits, Sandbox
from tests.security.lab import Unhardened, running_unhardened

USER = 1000


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of whoever runs the tests: of root, where that is root."""
    return tmp_path_factory.mktemp("workspace").resolve()


@pytest.fixture(scope="module")
def box(workspace: Path) -> Iterator[Sandbox]:
    """A sandbox in that folder."""
    with Sandbox(workspace, limits=Limits(memory_mib=512, tmp_mib=64), pool_size=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def user_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose commands do not run as root, whoever runs the tests."""
    folder = tmp_path_factory.mktemp("of-a-user").resolve()
    if os.geteuid() == 0:
        os.chown(folder, USER, USER)
    with Sandbox(folder, limits=Limits(memory_mib=512, tmp_mib=64), pool_size=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def unhardened(workspace: Path) -> Iterator[Unhardened]:
    """A container that may do everything, on the host's network."""
    mount = f"--volume={workspace}:/workspace"
    with running_unhardened("--network=host", "--workdir=/workspace", mount) as container:
        yield container
