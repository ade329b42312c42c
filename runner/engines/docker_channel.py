"""The three streams of a container over one hijacked connection of Docker's API."""

import select
import socket
from contextlib import suppress

from runner.interfaces import Stream

_READ = 256 * 1024
_HEADER = 8
_LARGEST = 64 * 1024


class DockerChannel:
    """A `Channel`. Without a terminal the engine frames the output: one byte says which stream,
    three are zero, four hold the length (Docker Engine API, "Attach to a container").
    """

    def __init__(self, connection: socket.socket, first: bytes, *, terminal: bool) -> None:
        self._connection = connection
        self._terminal = terminal
        self._buffer = first
        self._offset = 0
        self._left = 0  # of the current frame
        self._stream = Stream.STDOUT
        self._readable = select.poll()
        self._readable.register(connection, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Write all of `data`; raises `BrokenPipeError` when nobody reads it any more."""
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise BrokenPipeError(str(error)) from error

    def close_input(self) -> None:
        """End standard input; the output goes on."""
        try:
            self._connection.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the other side is gone, which ends it as well

    def receive(self, timeout_seconds: float | None) -> tuple[Stream, bytes] | None:
        """The next piece of output, or `None` at the end of both streams."""
        while True:
            if (piece := self._next_piece()) is not None:
                return piece
            if not self._readable.poll(None if timeout_seconds is None else timeout_seconds * 1000):
                raise TimeoutError
            try:
                data = self._connection.recv(_READ)
            except OSError:
                data = b""  # broken is ended; whoever misses the status asks the engine why
            if not data:
                self._hang_up()
                return None
            self._buffer = self._buffer[self._offset :] + data
            self._offset = 0

    def close(self) -> None:
        """Let go of the streams, also in a thread that is sending."""
        self._hang_up()
        self._connection.close()

    def _hang_up(self) -> None:
        # The engine may go on not reading for a minute; this is what wakes a thread that sends.
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _next_piece(self) -> tuple[Stream, bytes] | None:
        available = len(self._buffer) - self._offset
        if not self._terminal and self._left == 0:
            if available < _HEADER:
                return None
            self._read_header()
            return self._next_piece()
        size = min(available, _LARGEST) if self._terminal else min(available, _LARGEST, self._left)
        if size == 0:
            return None
        piece = self._buffer[self._offset : self._offset + size]
        self._offset += size
        self._left -= 0 if self._terminal else size
        return self._stream, piece

    def _read_header(self) -> None:
        header = self._buffer[self._offset : self._offset + _HEADER]
        self._offset += _HEADER
        self._stream = Stream.STDERR if header[0] == Stream.STDERR.value else Stream.STDOUT
        self._left = int.from_bytes(header[4:], "big")
