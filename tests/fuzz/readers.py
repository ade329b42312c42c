"""Other readers of a request head, as the servers behind the proxy are: what they see in it."""

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from io import BytesIO

import h11


@dataclass(frozen=True, slots=True)
class Seen:
    """A head as some server reads it; of framing headers and `Host` every value."""

    method: str
    target: str
    hosts: tuple[str, ...]
    lengths: tuple[str, ...]
    encodings: tuple[str, ...]


class _Handler(BaseHTTPRequestHandler):
    """Parses what it is given, without a socket."""

    def __init__(self, data: bytes) -> None:
        self.rfile = BytesIO(data)
        self.wfile = BytesIO()
        self.raw_requestline = self.rfile.readline(65537)
        self.understood = self.parse_request()

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of a header."""
        return tuple(value.strip(" \t\r\n") for value in self.headers.get_all(name, ()))


def read_by_http_server(data: bytes) -> tuple[Seen, bytes] | None:
    """As Python's own server reads it, and what it leaves unread; `None` if it refuses.

    It takes several slashes at the beginning of a path for one (CVE-2021-28861).
    """
    handler = _Handler(data)
    if not handler.understood:
        return None
    names = ("host", "content-length", "transfer-encoding")
    hosts, lengths, encodings = (handler.values(name) for name in names)
    return Seen(handler.command, handler.path, hosts, lengths, encodings), handler.rfile.read()


def read_by_lines(data: bytes) -> tuple[Seen, bytes]:
    """As a careless server reads it: any line feed ends a line, white space is cut off."""
    values: dict[str, list[str]] = {}
    request, *lines = (head := data.partition(b"\r\n\r\n"))[0].decode("latin-1").split("\n")
    method, target, _ = request.split(" ")
    for line in lines:
        name, _, value = line.partition(":")
        values.setdefault(name.strip().lower().replace("_", "-"), []).append(value.strip(" \t\r"))
    names = ("host", "content-length", "transfer-encoding")
    hosts, lengths, encodings = (tuple(values.get(name, ())) for name in names)
    return Seen(method, target, hosts, lengths, encodings), head[2]


def read_by_h11(data: bytes) -> tuple[Seen, bytes]:
    """As a server on h11 reads it."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request = connection.next_event()
    assert isinstance(request, h11.Request)

    def values(wanted: bytes) -> tuple[str, ...]:
        return tuple(value.decode("latin-1") for name, value in request.headers if name == wanted)

    return Seen(
        request.method.decode(),
        request.target.decode(),
        values(b"host"),
        values(b"content-length"),
        values(b"transfer-encoding"),
    ), connection.trailing_data[0]
