"""The engines that have to keep the promises."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.engines.docker import DockerEngine
from runner.interfaces import Engine, Image
from tests.contract.lab import Lab
from tests.contract.programs import PROGRAMS
from tests.fakes.engine import FakeEngine

IMAGE = "sandbox-devcontainer:latest"


@pytest.fixture(params=[pytest.param("docker", marks=pytest.mark.engine), "fake"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made: Engine
    if request.param == "docker":
        made = DockerEngine.from_environment(os.environ, Path.home())
    else:
        made = FakeEngine(PROGRAMS, {IMAGE: Image("sha256:" + 64 * "f")})
    with made:
        yield made


@pytest.fixture
def lab(engine: Engine) -> Iterator[Lab]:
    bench = Lab(engine, IMAGE)
    try:
        yield bench
    finally:
        bench.close()


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder that a container's user can enter."""
    tmp_path.chmod(0o755)
    return tmp_path
