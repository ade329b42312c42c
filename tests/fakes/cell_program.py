"""What `cell.sh` does with its streams, in Python, for cells of a `FakeEngine`."""

import re
from collections.abc import Callable

from runner.interfaces import Stream
from runner.sandbox.protocol import Call
from tests.fakes.container import FakeProcess, Program

Command = Callable[[FakeProcess, Call], int]
"""A command: it may write and read, and returns its exit code."""


def cell_program(command: Command, *, mounts: bytes = b"") -> Program:
    """The first process of a parked cell that will run this command, whatever it is sent."""

    def run(process: FakeProcess) -> int:
        process.write(mounts + b"ready\n")
        nonce = _line(process)
        if not nonce:
            return 0
        code = command(process, _call(process))
        for stream in (Stream.STDERR, Stream.STDOUT):
            process.write(b"\x1e%s %d 0\x1e" % (nonce, code), stream)
        return 0

    return run


def terminal_program(command: Command) -> Program:
    """The same of a cell on a terminal."""

    def run(process: FakeProcess) -> int:
        process.write(b"ready\n")
        nonce = _line(process)
        process.write(b"\x1e%s begin\x1e" % nonce)
        code = command(process, Call(()))
        process.write(b"\x1e%s %d 0\x1e" % (nonce, code))
        return 0

    return run


def _call(process: FakeProcess) -> Call:
    proxy, forwards, variables, total = (_line(process) for _ in range(4))
    words = [_decoded(_line(process)) for _ in range(int(total))]
    pairs = (word.partition(b"=") for word in words[: int(variables)])
    return Call(
        tuple(words[int(variables) :]),
        {name.decode(): text for name, _, text in pairs},
        proxy.decode(),
        forwards == b"open",
    )


def _line(process: FakeProcess) -> bytes:
    return process.read_line().removesuffix(b"\n")


def _decoded(line: bytes) -> bytes:
    return re.sub(rb"\\0(\d{3})", lambda found: bytes((int(found[1], 8),)), line)
