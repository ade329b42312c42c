"""Findings as text for 80 columns, a screen reader or a log, and as JSON; pure.

The level is always a word in front; colour only repeats it.
"""

import json
import os
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from runner.doctor.finding import Finding, Level
from runner.sandbox.result import Output

_COLUMNS = 79
_INDENT = " " * 8
_COLOURS = {Level.OK: "32", Level.WEAK: "33", Level.BROKEN: "31"}  # ECMA-48, SGR: green, …


def may_colour(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Only on a terminal that can, and not when NO_COLOR is set (https://no-color.org)."""
    able = environment.get("TERM", "") not in {"", "dumb"}
    return is_terminal and able and not environment.get("NO_COLOR")


def as_text(finding: Finding, *, colour: bool) -> str:
    """What was found; below it, indented, why it matters and its fix if there is one."""
    parts = [_wrapped(f"{finding.level:<8}{finding.name}: {finding.found}")]
    if finding.level is not Level.OK:
        parts += [
            _wrapped(f"{_INDENT}why: {finding.why}"),
            _wrapped(f"{_INDENT}fix: {finding.fix}"),
        ]
    written = "\n".join(parts)
    if colour:
        word = str(finding.level)
        written = f"\x1b[{_COLOURS[finding.level]}m{word}\x1b[0m" + written.removeprefix(word)
    return written


def summary(findings: Sequence[Finding]) -> str:
    """The last line: how much is broken, weak, ok."""
    count = Counter(finding.level for finding in findings)
    total = ", ".join(f"{count[level]} {level}" for level in reversed(Level))
    return f"{total}. " + (
        "Do not rely on sandbox here until it is fixed."
        if count[Level.BROKEN]
        else "Nothing is broken."
    )


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing is broken; weak is not."""
    return all(finding.level is not Level.BROKEN for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """The object of `sandbox doctor --json`; fields may be added, never renamed."""
    listed = [
        {
            "name": finding.name,
            "level": str(finding.level),
            "found": finding.found,
            "why": finding.why,
            "fix": finding.fix,
        }
        for finding in findings
    ]
    return json.dumps({"ok": is_healthy(findings), "findings": listed}, indent=2)


def _wrapped(line: str) -> str:
    # What was found may quote the engine, an image or a path: nothing of it may steer a terminal.
    shown = Output(os.fsencode(line)).shown().replace("\n", " ")
    return textwrap.fill(
        shown,
        _COLUMNS,
        subsequent_indent=_INDENT,
        break_long_words=False,  # an address or a command has to stay in one piece
        break_on_hyphens=False,
    )
