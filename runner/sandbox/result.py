"""What a call comes back with, and how its output is kept within bounds."""

from dataclasses import dataclass
from typing import Any

from runner.egress.calls import Connection
from runner.interfaces import Stream
from runner.workspace.set_aside import SetAside

MARKER = b"\n[... %d bytes left out ...]\n"


class Output(bytes):
    """Bytes that came out of a container: hostile until shown otherwise."""

    def text(self) -> str:
        """As UTF-8; what is not becomes U+FFFD. For programs: escapes are still in it."""
        return self.decode("utf-8", errors="replace")

    def shown(self) -> str:
        """For a terminal or a log: every control character but newline and tab is spelled out."""
        return "".join(c if c.isprintable() or c in "\n\t" else _spelled(c) for c in self.text())


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Capture:
    """A sink that keeps the first and the last part of each stream, `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._streams = {stream: _HeadAndTail(limit) for stream in Stream}

    def write(self, stream: Stream, data: bytes) -> None:
        """Take a piece of output."""
        self._streams[stream].add(data)

    def output(self, stream: Stream) -> Output:
        """What was kept, with a marker where something is left out."""
        return self._streams[stream].output()

    @property
    def truncated(self) -> bool:
        """Whether anything is left out."""
        return any(kept.left_out for kept in self._streams.values())


class _HeadAndTail:
    def __init__(self, limit: int) -> None:
        self._room = limit // 2
        self._tail_limit = limit - limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self.left_out = 0

    def add(self, data: bytes) -> None:
        if self._room:
            head, data = data[: self._room], data[self._room :]
            self._head += head
            self._room -= len(head)
        self._tail += data
        # Cut in large steps: cutting at every piece would move the whole tail each time.
        if len(self._tail) > 2 * self._tail_limit:
            self._cut()

    def output(self) -> Output:
        self._cut()
        marker = MARKER % self.left_out if self.left_out else b""
        return Output(bytes(self._head) + marker + bytes(self._tail))

    def _cut(self) -> None:
        if (surplus := len(self._tail) - self._tail_limit) > 0:
            del self._tail[:surplus]
            self.left_out += surplus


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended: its own exit code, or 124 (time limit), or 137 (killed)."""

    exit_code: int
    timed_out: bool = False
    oom_killed: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A call without its output: what it did, and what it left."""

    call_id: str
    ending: Ending
    duration_ms: float
    egress: tuple[Connection, ...]
    changed: tuple[str, ...]
    set_aside: tuple[SetAside, ...]
    altered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A call, over."""

    summary: Summary
    stdout: Output
    stderr: Output
    truncated: bool

    @property
    def exit_code(self) -> int:
        """The command's own, or 124 (time limit), or 137 (memory limit or kill)."""
        return self.summary.ending.exit_code

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended it."""
        return self.summary.ending.timed_out

    @property
    def oom_killed(self) -> bool:
        """Whether the memory limit killed it, or a process that it started."""
        return self.summary.ending.oom_killed

    def as_json(self) -> dict[str, Any]:
        """The object of `sandbox run --json`; fields may be added, never renamed."""
        summary = self.summary
        return {
            "call_id": summary.call_id,
            "exit_code": self.exit_code,
            "stdout": self.stdout.text(),
            "stderr": self.stderr.text(),
            "truncated": self.truncated,
            "timed_out": self.timed_out,
            "oom_killed": self.oom_killed,
            "duration_ms": round(summary.duration_ms, 1),
            "egress": [
                {"host": e.host, "port": e.port, "verdict": e.verdict, "rule": e.rule}
                for e in summary.egress
            ],
            "changed": list(summary.changed),
            "set_aside": [
                {"path": s.path, "moved_to": s.moved_to, "put_back": s.put_back}
                for s in summary.set_aside
            ],
            "altered": list(summary.altered),
        }
