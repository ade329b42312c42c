"""What every test may rely on: an engine where it is marked for one, and steady hypothesis runs."""

import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from runner.engines.docker import DockerEngine
from runner.errors import EngineError

IMAGES = ("sandbox-devcontainer:latest", "sandbox-pod:latest")

# No deadline: how long an example takes says something about the machine, not about the code.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("steady")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without an engine its tests are skipped on a laptop, and fail in CI."""
    if item.get_closest_marker("engine") is None or not (problem := _engine_problem()):
        return
    if "CI" in os.environ:
        pytest.fail(problem, pytrace=False)
    pytest.skip(problem)


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
