"""The head of one proxy request: bytes → what is asked, or a refusal with its status.

h11 parses. What it forgives (bare line feeds, folded header lines, two framings at once) is refused
before and after, because what two parsers may read differently is how requests are smuggled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import h11

from runner.egress.names import NameRefused
from runner.egress.targets import HTTP_PORT, Target, parse_authority, parse_url

END_OF_HEAD = b"\r\n\r\n"

# RFC 9110 7.6.1; every `Proxy-` header is struck too. `Upgrade` is among them: what may be switched
# to is decided in websocket.py. Compared in lower case.
_HOP_BY_HOP = frozenset(b"connection keep-alive te trailer transfer-encoding upgrade".split())

# What `Connection:` may not strike out: without them the next server would see another request.
_END_TO_END = frozenset(
    b"host content-length content-type authorization cookie date expect".split()
)

CLOSE = ((b"Connection", b"close"),)

Headers = list[tuple[bytes, bytes]]
Message: TypeAlias = h11.Request | h11.Response | h11.InformationalResponse


_OURSELVES = ("127.0.0.1", "localhost")
"""Where a cell finds the proxy."""


class RequestRefused(Exception):
    """A request that is not answered by any server. `str()` is the reason, safe to show."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """A parsed request head, before anybody looked at where it wants to go.

    `connection` is the h11 connection that parsed it, ready for the body and for the response.
    """

    request: h11.Request
    connection: h11.Connection

    @property
    def method(self) -> str:
        return self.request.method.decode()

    def value(self, name: bytes) -> bytes | None:
        """The value of a header that may stand once; `name` in lower case.

        Raises:
            RequestRefused: it stands more than once.
        """
        values = [value for key, value in self.request.headers if key == name]
        if len(values) > 1:
            raise RequestRefused(400, f"more than one {name.decode()} header")
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: a tunnel (`path` empty), or one plain request to forward."""

    target: Target
    method: str
    path: str = ""


def take_head(buffer: bytearray, most: int) -> bytes | None:
    """Cut the request head off the front of `buffer`; `None` while it is incomplete.

    Raises:
        RequestRefused: it is longer than `most` bytes, or no strict HTTP/1.1 head.
    """
    # An empty line before a request is to be ignored (RFC 9112 2.2).
    while buffer.startswith(b"\r\n"):
        del buffer[:2]
    end = buffer.find(END_OF_HEAD)
    head = bytes(buffer if end < 0 else buffer[: end + len(END_OF_HEAD)])
    _check_lines(head, complete=end >= 0)
    if len(head) > most:
        raise RequestRefused(431, "the request head is too long")
    if end < 0:
        return None
    del buffer[: len(head)]
    return head


def _check_lines(head: bytes, *, complete: bool) -> None:
    lone = (head if complete else head.removesuffix(b"\r")).replace(b"\r\n", b"")
    if b"\n" in lone or b"\r" in lone or b"\0" in lone:
        raise RequestRefused(400, "a line of the request head ends in something else than CR LF")
    if b"\r\n " in head or b"\r\n\t" in head:
        raise RequestRefused(400, "a header line is folded")


def parse_head(head: bytes) -> Head:
    """Parse one complete head, as `take_head` cut it off.

    Raises:
        RequestRefused: h11 cannot read it, or its body could be framed in two ways.
    """
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=len(head) + 1)
    try:
        connection.receive_data(head)
        request = connection.next_event()
    except h11.RemoteProtocolError as error:
        # h11 quotes what it was given; the client knows what it sent.
        raise RequestRefused(error.error_status_hint, "the request is not valid HTTP") from error
    if not isinstance(request, h11.Request):
        raise RequestRefused(400, "the request is not valid HTTP")
    if request.http_version not in (b"1.0", b"1.1"):
        raise RequestRefused(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    parsed = Head(request, connection)
    _check_framing(parsed)
    return parsed


def _check_framing(head: Head) -> None:
    chunked = head.value(b"transfer-encoding") is not None
    length = head.value(b"content-length")
    counted = length is not None
    if chunked and counted:
        raise RequestRefused(400, "both Content-Length and Transfer-Encoding")
    # Allowed by RFC 9110 8.6, but to strtol(3) without a base "010" is eight.
    if length is not None and length != b"0" and length.startswith(b"0"):
        raise RequestRefused(400, "Content-Length begins with a zero")
    if chunked and head.request.http_version < b"1.1":
        raise RequestRefused(400, "Transfer-Encoding in an HTTP/1.0 request")
    if head.request.method == b"CONNECT" and (chunked or counted):
        raise RequestRefused(400, "a CONNECT request has no body")


def interpret(head: Head) -> Asked:
    """What the request asks for. Target and `Host` must name the same place.

    Raises:
        RequestRefused: the target is no plain `host:port` or `http://` URL, or `Host` disagrees.
    """
    text = head.request.target.decode("ascii")
    method = head.method
    try:
        if method == "CONNECT":
            asked = Asked(parse_authority(text), method)
        else:
            target, path = parse_url(text)
            asked = Asked(target, method, path)
        _check_host(head, asked.target)
    except NameRefused as error:
        raise RequestRefused(400, f"the target cannot be used: {error}") from error
    return asked


def _check_host(head: Head, target: Target) -> None:
    value = head.value(b"host")
    if value is None:  # HTTP/1.0 only: h11 requires it of anything later
        return
    # Some clients leave the port out of CONNECT's Host, whatever it is.
    is_tunnel = head.request.method == b"CONNECT"
    named = parse_authority(value.decode("latin-1"), target.port if is_tunnel else HTTP_PORT)
    # Others put the proxy's own address there (undici 5); a tunnel's Host is passed on to nobody.
    if named != target and not (is_tunnel and named.host.text in _OURSELVES):
        raise RequestRefused(400, "the Host header names another place than the target")


def forwarded(
    head: Head, asked: Asked, connection: Iterable[tuple[bytes, bytes]] = CLOSE
) -> h11.Request:
    """The request as the server is to see it: rebuilt from what was parsed and decided.

    `Host` is the target that was decided; `connection` says what becomes of the connection, which
    is for this one request. No `Via` (RFC 9110 7.6.3): some servers answer differently to proxies,
    and none needs to know.
    """
    host = str(asked.target) if asked.target.port != HTTP_PORT else asked.target.host.in_authority
    headers = [(b"Host", host.encode())]
    headers += (pair for pair in end_to_end(head.request) if pair[0].lower() != b"host")
    headers += connection
    return h11.Request(method=head.request.method, target=asked.path.encode(), headers=headers)


def end_to_end(message: Message) -> Headers:
    """The headers meant for the other end, with the framing of a chunked body kept."""
    struck = _HOP_BY_HOP | (frozenset(tokens(message, b"connection")) - _END_TO_END)
    kept = [
        (raw, value)
        for raw, value in message.headers.raw_items()
        if raw.lower() not in struck and not raw.lower().startswith(b"proxy-")
    ]
    if any(name == b"transfer-encoding" for name, _ in message.headers):
        kept.append((b"Transfer-Encoding", b"chunked"))
    return kept


def tokens(message: Message, name: bytes) -> list[bytes]:
    """What a header lists, over all its lines, in lower case; `name` in lower case."""
    values = b",".join(value for key, value in message.headers if key == name)
    return [token.strip().lower() for token in values.split(b",") if token.strip()]
