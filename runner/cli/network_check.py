"""What `sandbox network check` answers: to targets of the command line, or to lines on stdin."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO

import typer

from runner.egress.checking import Checked, checked
from runner.egress.names import shown
from runner.egress.rules import EgressRules
from runner.errors import UsageError

BLOCKED = 3
NOT_UNDERSTOOD = 2

LONGEST_LINE = 1024 * 1024

Rules = Callable[[], EgressRules]


def rules_here(settings_file: Path | None, environment: Mapping[str, str], home: Path) -> Rules:
    """The rules of a session in the current folder; read when they are first needed, once."""

    @cache
    def rules() -> EgressRules:
        from runner import network

        settings = network.read_settings(_here(), settings_file, environment=environment, home=home)
        return network.rules(settings.network)

    return rules


def answers(targets: list[str], rules: EgressRules, *, as_json: bool) -> int:
    """Print an answer for each target; returns the exit code."""
    found = [(target, checked(target, rules)) for target in targets]
    for target, each in found:
        typer.echo(_line(each) if as_json else _text(target, each))
    return 0 if all(each.decision == "allow" for _, each in found) else BLOCKED


def answered(questions: BinaryIO, rules: Rules) -> int:
    """Print an answer for each line, as soon as it is read; returns the exit code."""
    code = 0
    while line := questions.readline(LONGEST_LINE + 1):
        try:
            typer.echo(_line(_answer(line, rules)))
        except _NotUnderstood as error:
            code = NOT_UNDERSTOOD
            _skip_rest(questions, line)
            typer.echo(_line(Checked("deny", None, "the line was not understood"), str(error)))
    return code


class _NotUnderstood(Exception):
    """A line that asks nothing. `str()` says why."""


def _answer(line: bytes, rules: Rules) -> Checked:
    question = _question(line)
    target, settings = question.pop("target", None), question.pop("settings", _ABSENT)
    if question:
        raise _NotUnderstood(f"unknown member {shown(next(iter(question)))!r}")
    if not isinstance(target, str):
        raise _NotUnderstood("target is to be a text")
    return checked(target, rules() if settings is _ABSENT else _rules_of(settings))


_ABSENT = object()


def _question(line: bytes) -> dict[str, object]:
    from runner.settings.located import JsonInvalid, parse

    if len(line) > LONGEST_LINE:
        raise _NotUnderstood("the line is too long")
    try:
        value = parse(line.decode("utf-8")).value
    except (JsonInvalid, UnicodeDecodeError) as error:
        raise _NotUnderstood("not valid JSON") from error
    if not isinstance(value, dict):
        raise _NotUnderstood("not a JSON object")
    return dict(value)


def _rules_of(settings: object) -> EgressRules:
    """The rules of a line's own settings, which count as the user's."""
    from runner import network
    from runner.settings.joining import Said, joined
    from runner.settings.schema import network_settings

    data = json.dumps(settings).encode()
    try:
        said = Said("command line", "settings", network_settings(data, "settings", "command line"))
        return network.rules(joined([said]).network)
    except UsageError as error:
        raise _NotUnderstood(str(error)) from error


def _skip_rest(questions: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = questions.readline(LONGEST_LINE)


def _line(found: Checked, error: str = "") -> str:
    answer = {
        "decision": found.decision, "canonical": found.canonical, "reason": found.reason,
    }  # fmt: skip
    return json.dumps({**answer, "error": error} if error else answer)


def _text(target: str, found: Checked) -> str:
    return f"{found.decision:5}  {found.canonical or shown(target)}: {shown(found.reason, 500)}"


def _here() -> Path:
    try:
        return Path.cwd().resolve()
    except FileNotFoundError as error:
        raise UsageError("The current folder is gone.", fix="Go to one that exists.") from error
