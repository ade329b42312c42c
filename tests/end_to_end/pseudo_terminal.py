"""A person at a keyboard: `sandbox` on a pseudo-terminal of its own."""

import fcntl
import os
import select
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.end_to_end.command import EXECUTABLE, PATIENCE_SECONDS, SandboxCommand

ECHO_FLAGS = 3
"""Where termios.tcgetattr() has the local modes, ECHO among them."""


class Person:
    """Types, reads the screen, and resizes the window."""

    def __init__(self, keyboard: int, terminal: int) -> None:
        self._keyboard = keyboard
        self._terminal = terminal
        self.process: subprocess.Popen[bytes]

    def type(self, text: bytes) -> None:
        """Press these keys."""
        os.write(self._keyboard, text)

    def sees(self, text: bytes) -> bytes:
        """Everything on the screen up to `text`, which has to appear."""
        screen = b""
        while not screen.endswith(text):
            readable, _, _ = select.select([self._keyboard], [], [], PATIENCE_SECONDS)
            assert readable, f"waited in vain for {text!r}: {screen!r}"
            screen += os.read(self._keyboard, 1)
        return screen

    def resize(self, rows: int, columns: int) -> None:
        """Drag the window: the kernel sends SIGWINCH to the program in the foreground."""
        fcntl.ioctl(self._keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> list[Any]:
        """How the terminal is set up (termios(3))."""
        return termios.tcgetattr(self._terminal)

    def echoes(self) -> bool:
        """Whether the terminal itself shows what is typed."""
        return bool(self.modes()[ECHO_FLAGS] & termios.ECHO)

    def exit_code(self) -> int:
        """Wait for the command line to end."""
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def at_a_terminal(
    sandbox: SandboxCommand,
    *arguments: str,
    rows: int = 24,
    columns: int = 80,
    wrapper: Sequence[str] = (),
) -> Iterator[Person]:
    """`sandbox ARGUMENTS` in the foreground of a new terminal; a `wrapper` is what starts it."""
    keyboard, terminal = os.openpty()
    person = Person(keyboard, terminal)
    try:
        person.resize(rows, columns)
        person.process = subprocess.Popen(
            ["setsid", "--ctty", *wrapper, EXECUTABLE, *arguments],
            cwd=sandbox.cwd,
            env={**sandbox.environment, "TERM": "xterm-256color"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        try:
            yield person
        finally:
            person.process.kill()
            person.process.wait()
    finally:
        os.close(keyboard)
        os.close(terminal)
