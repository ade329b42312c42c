"""Something that listens on a unix socket and answers every connection as it was told to."""

import socket
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Self


class Listener:
    """Takes one connection per answer, in order: reads a request, writes the answer, closes.

    `requests` are what came. An answer of `None` is silence until the other side gives up.
    """

    def __init__(self, path: Path, answers: Sequence[bytes | None]) -> None:
        self.path = str(path)
        self.requests: list[bytes] = []
        self._answers = answers
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = Thread(target=self._serve, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind(self.path)
        self._socket.listen()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for a connection
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        for answer in self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # fewer connections came than there are answers
            with connection:
                self.requests.append(_read_request(connection))
                if answer is None:
                    connection.recv(1)
                else:
                    connection.sendall(answer)


def http(status: str, body: bytes = b"", **headers: str) -> bytes:
    """An answer over HTTP, with the length of its body."""
    fields = {**{name.replace("_", "-"): text for name, text in headers.items()}}
    fields["Content-Length"] = str(len(body))
    lines = [f"HTTP/1.0 {status}", *(f"{name}: {text}" for name, text in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
