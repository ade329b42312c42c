"""The user's terminal, handed to a command: raw, with its size, put back afterwards."""

import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def raw(descriptor: int) -> Iterator[None]:
    """Every key goes to the command, Ctrl-C included, until the end."""
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSADRAIN)  # what was typed meanwhile is for the command
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def following_size(descriptor: int, changed: Callable[[int, int], None]) -> Iterator[None]:
    """Call `changed` with rows and columns whenever the window's size changes."""

    def resized(_: int, __: FrameType | None) -> None:
        changed(*size(descriptor))

    before = signal.signal(signal.SIGWINCH, resized)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def size(descriptor: int) -> tuple[int, int]:
    """Rows and columns."""
    columns, rows = os.get_terminal_size(descriptor)
    return rows, columns
