"""Real servers and clients around a real proxy, all on this machine."""

import base64
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

TIMEOUT_SECONDS = 20.0
"""For whatever must happen; reached only when something is broken."""


class Served:
    """A TCP server that runs `serve` on a thread for each client and counts them."""

    def __init__(self, serve: Callable[[socket.socket], None], address: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._serve = serve
        self._listener = socket.create_server((address, 0), family=family)
        self.address = address
        self.port: int = self._listener.getsockname()[1]
        self.clients = 0
        self._threads: list[threading.Thread] = []

    @property
    def authority(self) -> str:
        """As it stands in a URL."""
        return (
            f"[{self.address}]:{self.port}"
            if ":" in self.address
            else f"{self.address}:{self.port}"
        )

    def __enter__(self) -> Self:
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(TIMEOUT_SECONDS)
        self._listener.close()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.clients += 1
            client.settimeout(TIMEOUT_SECONDS)
            thread = threading.Thread(target=self._run, args=(client,))
            thread.start()
            self._threads.append(thread)

    def _run(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            self._serve(client)


def echo(client: socket.socket) -> None:
    """Send back what comes, until it ends."""
    while data := client.recv(65536):
        client.sendall(data)


class Recorded:
    """An HTTP server of few words: keeps each request as it came, and answers as told."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces or (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",)
        self.requests: list[bytes] = []

    def __call__(self, client: socket.socket) -> None:
        """Serve one connection: one request, one answer, and hang up."""
        request = bytearray()
        try:
            while not _is_whole(request) and (data := client.recv(65536)):
                request += data
        finally:
            self.requests.append(bytes(request))
        for piece in self._pieces:
            client.sendall(piece)


def _is_whole(request: bytearray) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    if not end:
        return False
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        return body.endswith(b"0\r\n\r\n")
    _, found, rest = lower.partition(b"content-length: ")
    return len(body) >= (int(rest.split(b"\r\n")[0]) if found else 0)


@contextlib.contextmanager
def relayed(path: Path) -> Iterator[int]:
    """A loopback port that leads to the unix socket, for clients that only know ports."""

    def relay(client: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(str(path))
            back = threading.Thread(target=_pump, args=(proxy, client))
            back.start()
            _pump(client, proxy)
            back.join(TIMEOUT_SECONDS)

    with Served(relay) as served:
        yield served.port


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Client:
    """A client of the proxy that sends exactly what it is told to."""

    def __init__(self, path: Path, credentials: str | None) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(str(path))
        self.proves = b"" if credentials is None else basic(credentials)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def request(self, line: str, host: str, *headers: bytes, body: bytes = b"") -> Self:
        """Send a request with the credentials; `line` without the version."""
        lines = (f"{line} HTTP/1.1\r\nHost: {host}\r\n".encode(), self.proves, *headers, b"\r\n")
        self.socket.sendall(b"".join(lines) + body)
        return self

    def tunnel(self, authority: str, early: bytes = b"") -> bytes:
        """Ask for a tunnel; returns the head of the answer."""
        self.request(f"CONNECT {authority}", authority, body=early)
        return self.until(b"\r\n\r\n")

    def until(self, mark: bytes) -> bytes:
        """Everything up to and with `mark`, or to the end."""
        got = b""
        while not got.endswith(mark) and (data := self.socket.recv(1)):
            got += data
        return got

    def exactly(self, count: int) -> bytes:
        """That many bytes, or fewer if the end comes first."""
        got = bytearray()
        while len(got) < count and (data := self.socket.recv(min(65536, count - len(got)))):
            got += data
        return bytes(got)

    def rest(self) -> bytes:
        """Everything up to the end; a cut connection is an end."""
        got = bytearray()
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(65536):
                got += data
        return bytes(got)


def basic(credentials: str) -> bytes:
    """The header line that carries credentials to the proxy."""
    return b"Proxy-Authorization: Basic " + base64.b64encode(credentials.encode()) + b"\r\n"
