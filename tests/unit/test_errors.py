"""The error tree: its shape is the one that is drawn, and each error ends with its exit code."""

import re

import pytest

from runner import errors
from runner.errors import (
    CellFailed,
    CommandRefused,
    EngineError,
    EngineLost,
    EngineMissing,
    EngineTooOld,
    ImageMissing,
    SandboxError,
    SettingsInvalid,
    UsageError,
    WorkspaceRefused,
)

CODES = {
    SandboxError: 1,
    UsageError: 2,
    WorkspaceRefused: 2,
    CommandRefused: 2,
    SettingsInvalid: 2,
    EngineError: 5,
    EngineMissing: 5,
    EngineTooOld: 5,
    EngineLost: 5,
    ImageMissing: 5,
    CellFailed: 5,
}


def tree(root: type[SandboxError]) -> dict[str, str]:
    """Every error below, with the one it is a kind of."""
    found = {}
    for below in root.__subclasses__():
        if below.__module__ == errors.__name__:
            found[below.__name__] = root.__name__
            found.update(tree(below))
    return found


def drawn() -> dict[str, str]:
    """The same as the module's docstring draws it."""
    found, path = {}, ["SandboxError"]
    for before, name in re.findall(r"^ {4}([│ ]*[├└]── )(\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(before) // 4
        path[depth:] = [name]
        found[name] = path[depth - 1]
    return found


def test_the_tree_is_the_one_that_is_drawn() -> None:
    assert drawn() == tree(SandboxError)


def test_every_error_is_in_the_table_below() -> None:
    assert {error.__name__ for error in CODES} == {"SandboxError", *tree(SandboxError)}


@pytest.mark.parametrize(("error", "code"), CODES.items(), ids=str)
def test_every_error_has_its_exit_code(error: type[SandboxError], code: int) -> None:
    assert error("What happened.", fix="What to do.").exit_code == code


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = ImageMissing("There is no image.", fix="Build it.")

    assert (str(error), error.fix) == ("There is no image.", "Build it.")
    assert CellFailed("It ended.").fix == ""
