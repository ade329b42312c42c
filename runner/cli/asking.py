"""Where `sandbox run` asks: on the user's terminal, or from another one while the keyboard is the
command's. Without a terminal nobody is asked, and what no rule allows is denied.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from runner.approval.desk import Desk
    from runner.approval.terminal import Screen
    from runner.session import Sandbox

_TERMINAL = "/dev/tty"


def can_ask() -> bool:
    """Whether somebody sees our messages, at a terminal that can be read."""
    if not os.isatty(2):
        return False
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def asking(
    box: "Sandbox", screen: "Screen", *, keyboard_is_taken: bool, terminal_is_raw: bool
) -> "AbstractContextManager[None]":
    """While it lasts, the questions of an open session are put to the user, if it has any."""
    if box.desk is None or box.answers is None:
        return nullcontext()
    if keyboard_is_taken:
        # A raw terminal needs its own way back to the left.
        return _telling(box.desk, "\r\n" if terminal_is_raw else "\n")
    return _on_terminal(box, box.desk, screen)


@contextmanager
def _on_terminal(box: "Sandbox", desk: "Desk", screen: "Screen") -> Iterator[None]:
    from runner.approval.terminal import TerminalApprover

    assert box.answers is not None  # noqa: S101 - for mypy: there with every desk
    terminal = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        with TerminalApprover(desk, terminal, screen, box.answers.preview):
            yield
    finally:
        os.close(terminal)


@contextmanager
def _telling(desk: "Desk", line_end: str) -> Iterator[None]:
    """Say what waits; the answer comes with `sandbox approvals` from another terminal."""
    from runner.approval.wording import pointed_to

    told: set[str] = set()

    def tell() -> None:
        for question in desk.questions():
            if question.id not in told:
                told.add(question.id)
                lines = ("", *pointed_to(question), "")
                os.write(2, line_end.join(lines).encode("ascii", "backslashreplace"))

    desk.watch(tell)
    try:
        yield
    finally:
        desk.unwatch(tell)
