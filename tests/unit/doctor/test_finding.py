"""Every check says something, whatever happens in it."""

from collections.abc import Iterator

import pytest

from runner.doctor.finding import Finding, Level, attempted, ok
from runner.errors import EngineLost

GOOD = ok("first", "is fine", "it matters")


def sound() -> Iterator[Finding]:
    yield GOOD


def losing_the_engine() -> Iterator[Finding]:
    yield GOOD
    raise EngineLost("The engine stopped answering.", fix="Start it.")


def crashing() -> Iterator[Finding]:
    yield GOOD
    raise ConnectionError("reset by peer")


def test_the_findings_of_a_sound_check_pass_through() -> None:
    assert list(attempted("name", sound)) == [GOOD]


@pytest.mark.parametrize(
    ("check", "found", "fix"),
    [
        pytest.param(
            losing_the_engine, "The engine stopped answering.", "Start it.", id="an error of ours"
        ),
        pytest.param(
            crashing,
            "the check failed: ConnectionError: reset by peer",
            "Try again; if it stays, report it with what `sandbox doctor --json` prints.",
            id="an error of anybody's",
        ),
    ],
)
def test_a_check_that_fails_keeps_its_findings_and_becomes_one(
    check: object, found: str, fix: str
) -> None:
    assert callable(check)
    first, last = attempted("name", check)
    assert first == GOOD
    assert last == Finding(
        "name", Level.BROKEN, found, "What cannot be checked is not known to hold.", fix
    )


def test_an_interrupt_is_not_a_finding() -> None:
    def interrupted() -> Iterator[Finding]:
        yield GOOD
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(attempted("name", interrupted))
