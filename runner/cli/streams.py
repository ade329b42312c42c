"""Our own standard streams: passed on to a command and from it, byte by byte."""

import os
from threading import Lock

from runner.interfaces import Stream

_DESCRIPTORS = {Stream.STDOUT: 1, Stream.STDERR: 2}

_MOST_KEPT = 1024 * 1024
"""Bytes kept while a question stands on the terminal; beyond it they run through the question."""


class Passthrough:
    """A sink that writes a command's output to this process's stdout and stderr at once.

    While it is paused, what would go to a terminal is kept.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_paused = False
        self._kept: list[tuple[int, bytes]] = []

    def write(self, stream: Stream, data: bytes) -> None:
        """Write all of it; raises `BrokenPipeError` when nobody reads it any more."""
        descriptor = _DESCRIPTORS[stream]
        with self._lock:
            if not self._is_paused or not os.isatty(descriptor):
                _write(descriptor, data)
                return
            self._kept.append((descriptor, data))
            if sum(len(piece) for _, piece in self._kept) > _MOST_KEPT:
                self._let_go()

    def pause(self) -> None:
        """Keep the terminal free for a question."""
        with self._lock:
            self._is_paused = True

    def resume(self) -> None:
        """Write what was kept, and go on."""
        with self._lock:
            self._is_paused = False
            self._let_go()

    def _let_go(self) -> None:
        kept, self._kept = self._kept, []
        for descriptor, data in kept:
            _write(descriptor, data)


def read_stdin() -> bytes:
    """The next bytes of this process's standard input; nothing at its end."""
    return os.read(0, 65536)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
