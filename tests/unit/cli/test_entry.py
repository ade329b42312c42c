"""Errors become messages and exit codes in one place, and help fits a terminal."""

from contextlib import ExitStack
from typing import NoReturn

import pytest

from runner.cli import entry
from runner.cli.app import app
from runner.errors import (
    CellFailed,
    CommandRefused,
    EngineLost,
    EngineMissing,
    EngineTooOld,
    ImageMissing,
    SandboxError,
    SettingsInvalid,
    WorkspaceRefused,
)

Captured = pytest.CaptureFixture[str]

COMMANDS = sorted(command.callback.__name__ for command in app.registered_commands
                  if command.callback is not None)  # fmt: skip


def outcome(arguments: list[str]) -> int:
    return entry._outcome(arguments)


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Every command ends with this error."""

    def fail(*_: object) -> NoReturn:
        raise error

    def no_head_start(_: ExitStack) -> None:
        return None

    monkeypatch.setattr(entry, "_head_start", no_head_start)
    monkeypatch.setattr(entry, "_dispatched", fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WorkspaceRefused, 2),
        (CommandRefused, 2),
        (SettingsInvalid, 2),
        (EngineMissing, 5),
        (EngineTooOld, 5),
        (EngineLost, 5),
        (ImageMissing, 5),
        (CellFailed, 5),
        (SandboxError, 1),
    ],
)
def test_an_error_is_said_and_ends_with_its_code_and_run_with_125(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, error: type[SandboxError], code: int
) -> None:
    failing(monkeypatch, error("What happened.", fix="What to do."))

    assert [outcome(["gc"]), outcome(["run", "--", "true"])] == [code, 125]
    assert capsys.readouterr() == ("", "sandbox: What happened.\nsandbox: What to do.\n" * 2)


def test_an_engine_that_is_missing_ends_a_run_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")

    assert outcome(["run", "--", "true"]) == 125
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sandbox: The container engine at tcp://10.0.0.1:2375 is not on this")


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
        pytest.param(SystemExit(143), 143, id="terminated"),
    ],
)
def test_an_interruption_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, ended: BaseException, code: int
) -> None:
    failing(monkeypatch, ended)

    assert [outcome(["gc"]), outcome(["run", "--", "true"])] == [code, code]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["nosuch"], 2, id="command"),
        pytest.param(["--nosuch"], 2, id="option"),
        pytest.param(["gc", "--nosuch"], 2, id="option-of-a-command"),
        pytest.param(["gc", "more"], 2, id="argument"),
        pytest.param(["run"], 125, id="run-without-a-command"),
    ],
)
def test_wrong_usage_is_said_on_standard_error(
    capsys: Captured, arguments: list[str], code: int
) -> None:
    assert outcome(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sandbox: ")
    assert "--help" in err


@pytest.mark.parametrize(
    "option",
    [
        ["--nosuch"],
        ["--timeout", "0"],
        ["--timeout", "soon"],
        ["--memory", "lots"],
        ["--memory", "1m"],
        ["--cpus", "0"],
        ["--pids", "1"],
        ["--env", "HOME"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_of_run_is_said_and_ends_with_125(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, option: list[str]
) -> None:
    monkeypatch.setattr(entry, "_head_start", lambda _: None)

    assert outcome(["run", *option, "--", "true"]) == 125
    out, err = capsys.readouterr()
    assert (out, err.startswith("sandbox: ")) == ("", True)


def test_the_version_is_said(capsys: Captured) -> None:
    assert outcome(["--version"]) == 0
    assert capsys.readouterr().out.startswith("sandbox 0.")


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)], ids=repr)
def test_help_fits_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, arguments: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    code = outcome([*arguments, "--help"])

    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    assert out.startswith(" ".join(["Usage: sandbox", *arguments]))
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_help_of_the_whole_names_every_command(capsys: Captured) -> None:
    outcome(["--help"])

    out = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in out] == []
