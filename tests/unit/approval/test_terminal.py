"""Questions on a real pseudo-terminal: what is typed, and what it comes to."""

import os
import select
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner.approval.desk import Desk
from runner.approval.question import Ruling, Scope, Wish
from runner.approval.terminal import TerminalApprover
from runner.errors import SettingsInvalid

PATIENCE_SECONDS = 20.0
WISH = Wish("call-1", "curl http://example.com/a", "example.com:80", "POST", "/a", 1234567)


class RecordingScreen:
    """Counts how often the command's output was held and let go."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def pause(self) -> None:
        """Note it."""
        self.said.append("pause")

    def resume(self) -> None:
        """Note it."""
        self.said.append("resume")


class Person:
    """In front of the terminal."""

    def __init__(self, keyboard: int, desk: Desk) -> None:
        self._keyboard = keyboard
        self._desk = desk
        self.screen = RecordingScreen()
        self.written: list[tuple[Scope, str, bool]] = []

    def sees(self, text: str) -> str:
        """Everything up to a text, which has to come."""
        seen = b""
        while not seen.endswith(text.encode()):
            assert select.select([self._keyboard], [], [], PATIENCE_SECONDS)[0], seen
            seen += os.read(self._keyboard, 1)
        return seen.decode().replace("\r\n", "\n")

    def types(self, text: str) -> None:
        """Press these keys."""
        os.write(self._keyboard, text.encode())

    def ask(self, wish: Wish = WISH) -> list[Ruling]:
        """A connection wants to leave."""
        rulings: list[Ruling] = []
        self._desk.ask(wish, rulings.append)
        return rulings


@contextmanager
def at_the_terminal(*, broken: bool = False) -> Iterator[Person]:
    """A session that asks there."""
    keyboard, terminal = os.openpty()
    tty.setcbreak(keyboard)
    tty.setcbreak(terminal)
    # Lines, as in a shell's terminal, but without echo: what is seen is what was said.
    modes = termios.tcgetattr(terminal)
    modes[tty.LFLAG] |= termios.ICANON
    termios.tcsetattr(terminal, termios.TCSANOW, modes)

    def remember(scope: Scope, target: str, allow: bool) -> None:
        if broken:
            raise SettingsInvalid("settings.json:3: not valid JSON")
        person.written.append((scope, target, allow))

    desk = Desk("s", remember)
    person = Person(keyboard, desk)

    def preview(scope: Scope, target: str, allow: bool) -> str:
        return f"{scope}: {target} {'allowed' if allow else 'denied'}"

    try:
        with TerminalApprover(desk, terminal, person.screen, preview):
            yield person
    finally:
        os.close(keyboard)
        os.close(terminal)


def allowed(rulings: list[Ruling], person: Person) -> bool:
    """What was decided; the next question being asked shows that it was."""
    person.ask(Wish("call-9", "next", "next.example:443"))
    person.sees("allow it? ")
    return [ruling.allowed for ruling in rulings] == [True]


def test_the_question_says_who_wants_what() -> None:
    with at_the_terminal() as person:
        person.ask()

        assert person.sees("allow it? ") == (
            "\nsandbox: curl http://example.com/a\n"
            "  wants to reach example.com:80 (POST /a, 1,234,567 bytes to send).\n"
            "  y  yes, for this command       n  no\n"
            "  s  yes, for this session       d  never (asks where to write it)\n"
            "  a  always (asks where to write it)\n"
            "sandbox: allow it? "
        )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("y", True), ("yes", True), ("Y", True), ("s", True), ("n", False), ("no", False)],
)
def test_an_answer_is_taken(typed: str, expected: bool) -> None:
    with at_the_terminal() as person:
        rulings = person.ask()
        person.sees("allow it? ")
        person.types(f"{typed}\n")

        assert allowed(rulings, person) == expected


@pytest.mark.parametrize("typed", ["", "yy", "yes please", "1", "true", "ok", "\x1b[A", "ja"])
def test_anything_else_is_no_yes_and_asks_again(typed: str) -> None:
    with at_the_terminal() as person:
        rulings = person.ask()
        person.sees("allow it? ")
        person.types(f"{typed}\n")
        person.sees("allow it? ")

        assert rulings == []
        person.types("n\n")
        assert not allowed(rulings, person)


@pytest.mark.parametrize(("key", "allow"), [("a", True), ("d", False)])
@pytest.mark.parametrize(("place", "scope"), [("u", "user"), ("l", "local"), ("p", "project")])
def test_an_answer_for_good_shows_what_it_writes_first(
    key: str, allow: bool, place: str, scope: Scope
) -> None:
    with at_the_terminal() as person:
        rulings = person.ask()
        person.sees("allow it? ")
        person.types(f"{key}\n")
        shown = person.sees("nowhere) ")
        person.types(f"{place}\n")

        assert allowed(rulings, person) == allow
        assert f"{scope}: example.com:80 {'allowed' if allow else 'denied'}\n" in shown
        assert person.written == [(scope, "example.com:80", allow)]


def test_an_answer_for_good_can_be_taken_back() -> None:
    with at_the_terminal() as person:
        rulings = person.ask()
        person.sees("allow it? ")
        person.types("a\n")
        person.sees("nowhere) ")
        person.types("\n")
        person.sees("allow it? ")

        assert (rulings, person.written) == ([], [])


def test_a_rule_that_cannot_be_written_is_said_and_asked_again() -> None:
    with at_the_terminal(broken=True) as person:
        rulings = person.ask()
        person.sees("allow it? ")
        person.types("a\n")
        person.sees("nowhere) ")
        person.types("u\n")

        assert "settings.json:3: not valid JSON" in person.sees("allow it? ")
        assert rulings == []


def test_what_was_typed_before_the_question_is_no_answer() -> None:
    with at_the_terminal() as person:
        person.types("y\ny\n")
        rulings = person.ask()
        person.sees("allow it? ")
        person.types("n\n")

        assert not allowed(rulings, person)


def test_the_command_s_output_is_held_while_a_question_stands() -> None:
    with at_the_terminal() as person:
        person.ask()
        person.sees("allow it? ")
        assert person.screen.said == ["pause"]
        person.types("n\n")
        assert not allowed([], person)

        assert person.screen.said == ["pause", "resume", "pause"]
    assert person.screen.said[-1] == "resume"


def test_a_question_answered_elsewhere_is_taken_back() -> None:
    with at_the_terminal() as person:
        rulings: list[Ruling] = []
        held = person._desk.ask(WISH, rulings.append)
        assert held is not None
        person.sees("allow it? ")
        person._desk.withdraw(held)

        assert person.sees("more)\n".replace("\n", "\r\n")) == "(it does not wait any more)\n"
