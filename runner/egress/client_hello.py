"""The first message of a TLS client: bytes → the host it names, or a refusal.

Read by hand, because Python's `ssl` proved unfit for bytes of hostile origin: a name that is not
ASCII is written to the controller's stderr before `sni_callback` could refuse it, with no way to
catch it, and which hellos are read at all depends on the machine's OpenSSL configuration. The tests
hold this reader against OpenSSL instead: it may refuse more, and never reads another name.

With an encrypted ClientHello (ECH) the name read here is the outer one. What follows the first
hello is not looked at.
"""

from dataclasses import dataclass

from runner.egress.names import NameRefused, canonical_host, shown
from runner.egress.targets import Target

HANDSHAKE = 0x16
"""The first byte of TLS: the content type of a handshake record (RFC 8446 5.1)."""

MOST_BYTES = 32 * 1024
"""Of a hello with its records. Post-quantum key shares make one of about 2 KiB; none needs more."""

# Content type and major version; the minor one says nothing any more (RFC 8446 5.1).
_RECORD = bytes((HANDSHAKE, 3))
_CLIENT_HELLO = 1
_SERVER_NAME = 0
_HOST_NAME = 0
_LONGEST_RECORD = 1 << 14


class HelloRefused(Exception):
    """Not a hello that may pass. `str()` is the reason, safe to show."""

    def __init__(self, reason: str = "the TLS inside cannot be read") -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What is known of a TLS client: the host it wants, in its own spelling, if it named one."""

    server_name: str | None


class HelloReader:
    """Reads one ClientHello from pieces of any size; each byte is looked at once."""

    def __init__(self) -> None:
        self._records = bytearray()
        self._message = bytearray()
        self._seen = 0

    def feed(self, data: bytes) -> ClientHello | None:
        """Read on; `None` while the hello is incomplete. Not to be called after it was whole.

        Raises:
            HelloRefused: it is no ClientHello, has two readings, or is longer than `MOST_BYTES`.
        """
        room = MOST_BYTES - self._seen
        self._seen += len(data)
        self._records += data[:room]
        while self._unwrap():
            if (whole := self._whole()) is not None:
                return _client_hello(whole)
        if self._seen >= MOST_BYTES:
            raise HelloRefused("the TLS inside begins with too long a hello")
        return None

    def _unwrap(self) -> bool:
        """Take one record off (RFC 8446 5.1); whether there was one."""
        head = bytes(self._records[:5])
        if not _RECORD.startswith(head[:2]):
            raise HelloRefused
        length = int.from_bytes(head[3:5], "big")
        if len(head) == 5 and not 0 < length <= _LONGEST_RECORD:
            raise HelloRefused
        if len(head) < 5 or len(self._records) < 5 + length:
            return False
        self._message += self._records[5 : 5 + length]
        del self._records[: 5 + length]
        return True

    def _whole(self) -> bytes | None:
        """The body of the handshake message (RFC 8446 4), once it is complete."""
        if self._message[0] != _CLIENT_HELLO:
            raise HelloRefused
        if len(self._message) < 4:
            return None
        length = int.from_bytes(self._message[1:4], "big")
        if len(self._message) > 4 + length:
            raise HelloRefused
        return bytes(self._message[4:]) if len(self._message) == 4 + length else None


class _Fields:
    """The fields of a message, one after another; one that reaches past the end is refused."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise HelloRefused
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))

    def last(self, size: int) -> "_Fields":
        """A vector behind which nothing may follow."""
        inside = _Fields(self.vector(size))
        if self:
            raise HelloRefused
        return inside


def _client_hello(body: bytes) -> ClientHello:
    """Read the body of a ClientHello (RFC 8446 4.1.2, RFC 5246 7.4.1.2)."""
    fields = _Fields(body)
    if fields.take(2)[0] != 3:
        raise HelloRefused
    fields.take(32)  # random
    session, ciphers, compressions = fields.vector(1), fields.vector(2), fields.vector(1)
    if len(session) > 32 or not ciphers or len(ciphers) % 2 or not compressions:
        raise HelloRefused
    found = _extensions(fields.last(2)) if fields else {}
    if _SERVER_NAME not in found:
        return ClientHello(None)
    return ClientHello(_server_name(_Fields(found[_SERVER_NAME])))


def _extensions(fields: _Fields) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while fields:
        kind = fields.number(2)
        if kind in found:
            raise HelloRefused
        found[kind] = fields.vector(2)
    return found


def _server_name(fields: _Fields) -> str:
    """Read a list of names (RFC 6066 3) that holds exactly one."""
    names = fields.last(2)
    if names.number(1) != _HOST_NAME:
        raise HelloRefused
    name = names.vector(2)
    if names:
        raise HelloRefused("the TLS inside names more than one host")
    if not name or not name.isascii():
        raise HelloRefused
    return name.decode("ascii")


def check_name(hello: ClientHello, target: Target) -> None:
    """Compare the name of a hello with the target that was allowed.

    A target that is an address is not to be named (RFC 6066 3).

    Raises:
        HelloRefused: they differ.
    """
    expected, name = target.host, hello.server_name
    if name is None and expected.address is None:
        raise HelloRefused(f"the TLS inside names no host, and should name {expected}")
    if name is None:
        return
    try:
        named = canonical_host(name)
    except NameRefused as error:
        raise HelloRefused(f"the TLS inside names no usable host: {error}") from error
    if named != expected or expected.address is not None:
        raise HelloRefused(f"the TLS inside names {shown(named.text)}, not {expected}")
