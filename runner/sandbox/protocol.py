"""What the controller and the first process of a cell say to each other; pure.

The other half is `cell.sh`. A call is sent as lines; text that could disturb a line is sent as the
octal escapes of printf's %b (POSIX.1-2017, `printf`). The status comes back on both output streams,
between two record separators, with a nonce that tells it from what the command wrote. The nonce
guards against accident, not malice: a command may lie about its own status, and nothing here
depends on it being true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SEPARATOR = b"\x1e"
_PLAIN = frozenset(range(0x20, 0x7F)) - {0x5C}
_LONGEST_STATUS = 64


@dataclass(frozen=True, slots=True)
class Call:
    """One command for one cell. `proxy` is the address with this call's credentials, or empty."""

    argv: Sequence[bytes]
    environment: Mapping[str, bytes] = field(default_factory=dict)
    proxy: str = ""
    forwards_input: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a cell says of its command: shell exit code, and processes the memory limit killed."""

    exit_code: int
    oom_kills: int


def call_lines(call: Call, nonce: str) -> bytes:
    """The call as `cell.sh` reads it."""
    variables = [f"{name}=".encode() + text for name, text in call.environment.items()]
    lines = [
        nonce.encode(),
        call.proxy.encode(),
        b"open" if call.forwards_input else b"none",
        b"%d" % len(variables),
        b"%d" % (len(variables) + len(call.argv)),
        *map(_escaped, variables),
        *map(_escaped, call.argv),
    ]
    return b"\n".join(lines) + b"\n"


def _escaped(text: bytes) -> bytes:
    if _PLAIN.issuperset(text):
        return text
    return b"".join(bytes((c,)) if c in _PLAIN else b"\\0%03o" % c for c in text)


class StatusScanner:
    """Separates one stream's output from the status at its end.

    `feed` returns the output to pass on; `status` is set once it has come. Never more than a
    possible beginning of a status is held back, so output stays live.
    """

    def __init__(self, nonce: str) -> None:
        self._prefix = _SEPARATOR + nonce.encode() + b" "
        self._held = b""
        self.status: Status | None = None

    def feed(self, data: bytes) -> bytes:
        """Output in `data` (and in what was held back before it)."""
        if self.status is not None:
            return b""
        if self._held:
            data, self._held = self._held + data, b""
        start = data.find(self._prefix)
        if start >= 0:
            return self._ending(data, start)
        tail = data.rfind(_SEPARATOR, max(0, len(data) - len(self._prefix) + 1))
        if tail >= 0 and self._prefix.startswith(data[tail:]):
            self._held = data[tail:]
            return data[:tail]
        return data

    def rest(self) -> bytes:
        """What is still held back when the stream ends without a status."""
        held, self._held = self._held, b""
        return held

    def _ending(self, data: bytes, start: int) -> bytes:
        first = start + len(self._prefix)
        end = data.find(_SEPARATOR, first)
        if end < 0 and len(data) - start < _LONGEST_STATUS:
            self._held = data[start:]
            return data[:start]
        self.status = _status(data[first:end])
        return data[:start]


def _status(text: bytes) -> Status:
    # Whoever knows the nonce may write anything here; what is not a status is a failure.
    code, _, kills = text[:_LONGEST_STATUS].partition(b" ")
    if not (code.isdigit() and kills.isdigit()):
        return Status(125, 0)
    return Status(int(code) & 0xFF, int(kills))


class OutputScanner:
    """The scanners of both streams of a cell."""

    def __init__(self, nonce: str, *, streams: int = 2) -> None:
        self._scanners = tuple(StatusScanner(nonce) for _ in range(streams))

    def feed(self, stream: int, data: bytes) -> bytes:
        """Output of stream 1 or 2 in `data`."""
        return self._scanners[stream - 1].feed(data)

    @property
    def status(self) -> Status | None:
        """The status, once every stream has ended with one: then no output is missing."""
        found = [scanner.status for scanner in self._scanners]
        return None if None in found else found[0]

    def rest(self) -> tuple[bytes, ...]:
        """What the streams still hold back, in order."""
        return tuple(scanner.rest() for scanner in self._scanners)
