"""The report on a terminal, in a pipe, and as JSON."""

import json

import pytest

from runner.doctor.finding import Finding, broken, ok, weak
from runner.doctor.report import as_json, as_text, is_healthy, may_colour, summary

FINE = ok("seccomp", "a filter is in force in a cell", "It matters.")
POOR = weak("AppArmor", "not confining a cell (no label)", "A second wall.", "Install it.")
BAD = broken("image sandbox-pod:latest", "missing", "Sessions start in it.", "Make it.")


def test_what_is_ok_takes_one_line() -> None:
    assert as_text(FINE, colour=False) == "ok      seccomp: a filter is in force in a cell"


def test_what_is_not_says_why_and_how_to_fix_it() -> None:
    assert as_text(BAD, colour=False) == (
        "broken  image sandbox-pod:latest: missing\n"
        "        why: Sessions start in it.\n"
        "        fix: Make it."
    )


@pytest.mark.parametrize(
    ("finding", "start"),
    [
        pytest.param(FINE, "\x1b[32mok\x1b[0m      seccomp: ", id="ok"),
        pytest.param(POOR, "\x1b[33mweak\x1b[0m    AppArmor: ", id="weak"),
        pytest.param(BAD, "\x1b[31mbroken\x1b[0m  image ", id="broken"),
    ],
)
def test_colour_repeats_the_word_and_changes_nothing_else(finding: Finding, start: str) -> None:
    coloured, plain = as_text(finding, colour=True), as_text(finding, colour=False)
    assert coloured.startswith(start)
    assert coloured.replace("\x1b[0m", "", 1)[5:] == plain


@pytest.mark.parametrize(
    ("environment", "is_terminal", "allowed"),
    [
        pytest.param({"TERM": "xterm"}, True, True, id="a terminal"),
        pytest.param({"TERM": "xterm", "NO_COLOR": ""}, True, True, id="NO_COLOR empty is unset"),
        pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, True, False, id="NO_COLOR"),
        pytest.param({"TERM": "dumb"}, True, False, id="a terminal that cannot"),
        pytest.param({}, True, False, id="no TERM"),
        pytest.param({"TERM": "xterm"}, False, False, id="a pipe"),
    ],
)
def test_colour_needs_a_terminal_and_no_objection(
    environment: dict[str, str], is_terminal: bool, allowed: bool
) -> None:
    assert may_colour(environment, is_terminal=is_terminal) is allowed


def test_lines_fit_eighty_columns_and_go_on_indented() -> None:
    long = weak("name", "word " * 40, "word " * 40, "word " * 40)
    first, *rest = as_text(long, colour=False).splitlines()
    assert all(len(line) < 80 for line in (first, *rest))
    assert all(line.startswith("        ") for line in rest)


def test_an_address_stays_in_one_piece() -> None:
    address = "https://security-tracker.debian.org/tracker/" + "x" * 80
    assert address in as_text(weak("name", "found", "why", f"see {address}"), colour=False)


def test_what_was_found_cannot_steer_the_terminal_or_forge_a_line() -> None:
    hostile = ok("name", "\x1b[2J\x1b]0;title\x07\nok      forged: fine", "why")
    text = as_text(hostile, colour=False)
    assert text == "ok      name: \\x1b[2J\\x1b]0;title\\x07 ok      forged: fine"


def test_bytes_that_are_no_text_do_not_stop_the_report() -> None:
    finding = ok("disk here", "1.0 GiB free at /tmp/\udcff", "why")
    assert as_text(finding, colour=False).endswith("/tmp/\ufffd")
    assert "\\udcff" in as_json([finding])


@pytest.mark.parametrize(
    ("findings", "healthy", "line"),
    [
        pytest.param(
            [FINE, POOR, FINE], True, "0 broken, 1 weak, 2 ok. Nothing is broken.", id="weak only"
        ),
        pytest.param(
            [FINE, BAD],
            False,
            "1 broken, 0 weak, 1 ok. Do not rely on sandbox here until it is fixed.",
            id="broken",
        ),
    ],
)
def test_only_what_is_broken_is_unhealthy(
    findings: list[Finding], healthy: bool, line: str
) -> None:
    assert is_healthy(findings) is healthy
    assert summary(findings) == line


def test_json_holds_every_field() -> None:
    assert json.loads(as_json([POOR, BAD])) == {
        "ok": False,
        "findings": [
            {
                "name": "AppArmor",
                "level": "weak",
                "found": "not confining a cell (no label)",
                "why": "A second wall.",
                "fix": "Install it.",
            },
            {
                "name": "image sandbox-pod:latest",
                "level": "broken",
                "found": "missing",
                "why": "Sessions start in it.",
                "fix": "Make it.",
            },
        ],
    }
