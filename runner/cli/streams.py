"""Our own standard streams: passed on to a command and from it, byte by byte."""

import os

from runner.interfaces import Stream

_DESCRIPTORS = {Stream.STDOUT: 1, Stream.STDERR: 2}


class Passthrough:
    """A sink that writes a command's output to this process's stdout and stderr at once."""

    def write(self, stream: Stream, data: bytes) -> None:
        """Write all of it; raises `BrokenPipeError` when nobody reads it any more."""
        descriptor = _DESCRIPTORS[stream]
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]


def read_stdin() -> bytes:
    """The next bytes of this process's standard input; nothing at its end."""
    return os.read(0, 65536)
