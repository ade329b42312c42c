"""A cell: one container that has never run anything, runs one command, and ends."""

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

from runner.errors import CellFailed, EngineLost, EngineMissing
from runner.interfaces import Channel, ContainerSpec, Engine, Stream
from runner.sandbox.protocol import Call, OutputScanner, Status, call_lines

_READY_SECONDS = 60.0
_READY = b"ready\n"
_DOCTOR = "`sandbox doctor` looks for the cause."


Read = Callable[[], bytes]
"""Returns the next bytes of an input, nothing at its end."""


class Sink(Protocol):
    """Where a command's output goes, piece by piece, as it comes."""

    def write(self, stream: Stream, data: bytes) -> None:
        """Take a piece. What it raises ends the command."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The time limit passed; the command was killed."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The cell ended without a status: killed as a whole. `exit_code` is the engine's, if known."""

    exit_code: int
    oom_killed: bool


Outcome = Status | TimedOut | Gone


class Cell:
    """A started container whose first process is `cell.sh`. Used once."""

    def __init__(self, engine: Engine, container_id: str, channel: Channel) -> None:
        self.id = container_id
        self._engine = engine
        self._channel = channel
        self._early = b""
        self._is_dead = False
        self.has_begun = False
        """Whether its command was sent: before, there is nothing in it for a signal to reach."""

    @classmethod
    def started(
        cls, engine: Engine, spec: ContainerSpec, await_network: Callable[[], None]
    ) -> "Cell":
        """Make the container, wait for the network it joins, start it."""
        container_id = engine.create(spec)
        try:
            await_network()
            channel = engine.start(container_id, terminal=spec.terminal)
        except BaseException:
            engine.remove(container_id)
            raise
        return cls(engine, container_id, channel)

    def mounts(self) -> list[str]:
        """The lines of its mountinfo about the workspace, once it waits. Call it once, first.

        Raises:
            CellFailed: it ended, or did not get ready in time.
        """
        deadline = time.monotonic() + _READY_SECONDS
        data = b""
        while _READY not in data.replace(b"\r\n", b"\n"):
            try:
                piece = self._channel.receive(deadline - time.monotonic())
            except (TimeoutError, ValueError):
                raise CellFailed("A cell did not get ready.", fix=_DOCTOR) from None
            if piece is None:
                said = data.decode(errors="replace").strip()[-300:]
                raise CellFailed(
                    f"A cell ended before it was ready. {said!r}",
                    fix="The image needs a POSIX /bin/sh; `sandbox doctor` checks the rest.",
                )
            data += piece[1]
        lines, _, self._early = data.replace(b"\r\n", b"\n").partition(_READY)
        return lines.decode(errors="surrogateescape").split("\n")

    def run(
        self, call: Call, sink: Sink, timeout_seconds: float | None, read: Read | None = None
    ) -> Outcome:
        """Send the call, and what `read` returns as its input; pass its output on until its status
        has come on both streams.
        """
        nonce = os.urandom(16).hex()
        try:
            self._channel.send(call_lines(call, nonce))
        except BrokenPipeError:
            return self._gone()
        self.has_begun = True
        if read is not None:
            self._forwarding(read)
        return self._until_status(OutputScanner(nonce), sink, timeout_seconds)

    def run_terminal(self, sink: Sink, timeout_seconds: float | None, read: Read) -> Outcome:
        """Let a terminal cell run its command; everything before it is swallowed."""
        nonce = os.urandom(16).hex()
        begin = f"\x1e{nonce} begin\x1e".encode()
        try:
            self._channel.send(nonce.encode() + b"\n")
        except BrokenPipeError:
            return self._gone()
        self.has_begun = True
        data = self._early
        while begin not in data:
            try:
                piece = self._channel.receive(_READY_SECONDS)
            except TimeoutError:
                raise CellFailed("A cell does not begin.", fix=_DOCTOR) from None
            if piece is None:
                return self._gone()
            data += piece[1]
        self._forwarding(read)
        scanner = OutputScanner(nonce, streams=1)
        sink.write(Stream.STDOUT, scanner.feed(1, data.partition(begin)[2]))
        return self._until_status(scanner, sink, timeout_seconds)

    def signal(self, name: str) -> None:
        """Send a signal ("INT", "TERM") to the command and everything it started."""
        self._engine.signal(self.id, name)

    @property
    def mount_table(self) -> int | None:
        """A descriptor that tells when its mounts have changed; see `Engine.mount_table`."""
        return self._engine.mount_table(self.id)

    def is_as_proved(self) -> bool:
        """Whether its mounts are still those it had when it started; `False` if nobody can tell.

        When somebody on the host renames another file over a protected one, as git and many
        editors do to save, the kernel takes the mount on it away in every namespace (Linux 3.18).
        """
        table = self.mount_table
        if table is None:
            return False
        changed = select.poll()
        changed.register(table, select.POLLPRI)
        return not changed.poll(0)

    def resize(self, rows: int, columns: int) -> None:
        """Tell its terminal the size."""
        self._engine.resize(self.id, rows, columns)

    def kill(self) -> None:
        """End every process in it, whatever they do; returns when none is left."""
        if not self._is_dead:
            self._engine.kill(self.id)
            self._is_dead = True

    def close(self) -> None:
        """Kill it and let go; returns when no process of it is left. The engine removes it."""
        # First: the engine does not see the end of a container whose output nobody takes.
        self._channel.close()
        self.kill()

    def release(self) -> None:
        """Let go of a cell that never ran anything: its input closes, so it ends by itself."""
        self._channel.close()

    def _forwarding(self, read: Read) -> None:
        # A daemon thread: it may sit in a read of the user's terminal when the command has ended.
        Thread(target=self._forward, args=(read,), name="stdin", daemon=True).start()

    def _forward(self, read: Read) -> None:
        try:
            while data := read():
                self._channel.send(data)
            self._channel.close_input()
        except OSError:
            return  # the command has ended or does not read, or the terminal is gone

    def _until_status(
        self, scanner: OutputScanner, sink: Sink, timeout_seconds: float | None
    ) -> Outcome:
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while (status := scanner.status) is None:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                piece = self._channel.receive(left)
            except TimeoutError:
                return TimedOut()
            if piece is None:
                return self._gone(scanner, sink)
            stream, data = piece
            if output := scanner.feed(stream.value, data):
                sink.write(stream, output)
            if left == 0.0 and scanner.status is None:
                return TimedOut()  # output without pause must not outrun the limit
        return status

    def _gone(self, scanner: OutputScanner | None = None, sink: Sink | None = None) -> Gone:
        if scanner is not None and sink is not None:
            for stream, rest in zip(Stream, scanner.rest(), strict=False):
                if rest:
                    sink.write(stream, rest)
        # Both streams at their end need not be the cell's: a command may close its first process's.
        try:
            self.kill()
            ended = self._engine.ended(self.id)
        except EngineMissing as error:
            raise EngineLost(
                "The container engine went away while the command ran; the command was ended.",
                fix="See why it did; when it runs again, `sandbox gc` removes what it left.",
            ) from error
        return (
            Gone(137, oom_killed=False)
            if ended is None
            else Gone(ended.exit_code, ended.oom_killed)
        )
