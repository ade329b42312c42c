"""What a test needs beyond the engine: without it, skipped on a laptop and failed in CI."""

import os
from typing import NoReturn

import pytest


def unavailable(what: str) -> NoReturn:
    """This test cannot be run here."""
    if "CI" in os.environ:
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def require_root() -> None:
    """Only root can give folders away, or start an engine."""
    if os.geteuid() != 0:
        unavailable("only root can do what this test needs")
