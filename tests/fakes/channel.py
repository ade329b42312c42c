"""A channel whose other side was written down beforehand."""

from collections import deque
from collections.abc import Iterable

from runner.interfaces import Stream


class ScriptedChannel:
    """A `Channel`: `receive` gives these pieces, then the end; an exception among them is raised.

    `sent` is what was sent; sending fails once `is_broken`.
    """

    def __init__(self, pieces: Iterable[tuple[Stream, bytes] | Exception | None] = ()) -> None:
        self.sent = b""
        self.timeouts: list[float | None] = []
        self.is_broken = False
        self.is_input_closed = False
        self.is_closed = False
        self._pieces = deque(pieces)

    def send(self, data: bytes) -> None:
        """Note what was sent."""
        if self.is_broken:
            raise BrokenPipeError
        self.sent += data

    def close_input(self) -> None:
        """Note that the input ended."""
        self.is_input_closed = True

    def receive(self, timeout_seconds: float | None) -> tuple[Stream, bytes] | None:
        """The next piece of the script."""
        self.timeouts.append(timeout_seconds)
        piece = self._pieces.popleft() if self._pieces else None
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        """Note that it was let go."""
        self.is_closed = True
