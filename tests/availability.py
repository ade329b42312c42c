"""What a test needs of the machine: without it, skipped on a laptop and failed in CI."""

import os
import shutil
from typing import NoReturn

import pytest


def cannot_run(reason: str) -> NoReturn:
    """This test cannot be run here."""
    if "CI" in os.environ:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)  # the laptop of the module's first line


def require_root() -> None:
    """Only root can give folders away, become somebody else, or start an engine."""
    if os.geteuid() != 0:
        cannot_run("only root can do what this test needs")


def require_program(name: str) -> None:
    """A program on the host, which `.ci/run` installs."""
    if shutil.which(name) is None:
        cannot_run(f"{name} is not installed")
