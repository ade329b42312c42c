"""What every test may rely on: an engine where it is marked for one, and steady hypothesis runs."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from runner.engines.docker import DockerEngine
from runner.errors import EngineError
from tests.availability import cannot_run

IMAGES = ("sandbox-devcontainer:latest", "sandbox-pod:latest")

# No deadline: how long an example takes says something about the machine, not about the code.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def _log_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sessions keep a log of what they contacted: not in the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without an engine its tests are skipped on a laptop, and fail in CI."""
    if item.get_closest_marker("engine") is not None and (problem := _engine_problem()):
        cannot_run(problem)


@cache
def _engine_problem() -> str:
    try:
        with DockerEngine.from_environment(os.environ, Path.home()) as engine:
            engine.check()
            for image in IMAGES:
                engine.image(image)
    except EngineError as error:
        return f"{error} {error.fix}"
    return ""
