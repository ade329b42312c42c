"""The command in an empty workspace, with an empty home."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.engine import docker
from tests.end_to_end.web import serving

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts tests in the background has them ignore Ctrl-C, and so would every program
    # they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)

POD_IMAGE = "sandbox-pod:latest"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty folder to start `sandbox` in."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home of the user, without settings."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def sandbox(workspace: Path, home: Path) -> SandboxCommand:
    """The `sandbox` command, started in the workspace."""
    return SandboxCommand(workspace, home)


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a web server on the host's loopback."""
    with serving() as number:
        yield number


@pytest.fixture
def busybox_image() -> Iterator[str]:
    """An image with a shell, `cat`, `grep`, `sleep`, and little else: no bash, no coreutils."""
    yield from _image("sandbox-test-busybox:1")


@pytest.fixture
def volume_image() -> Iterator[str]:
    """The same, declaring the folder /data as a volume."""
    yield from _image("sandbox-test-volume:1", "VOLUME /data")


def _image(name: str, *changes: str) -> Iterator[str]:
    container = docker("create", POD_IMAGE)
    try:
        docker("commit", *(f"--change={change}" for change in changes), container, name)
    finally:
        docker("rm", container)
    yield name
    docker("rmi", name)
