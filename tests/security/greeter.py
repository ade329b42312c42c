"""A server on the host that greets whoever reaches it."""

import contextlib
import os
import socket
import threading
from typing import Self


class Greeter:
    """Answers every message with `hello`. `host` is an IP address, or the path of a unix socket."""

    def __init__(self, family: int, kind: int, host: str) -> None:
        self._kind = kind
        self._socket = socket.socket(family, kind)
        self._socket.bind(host if family == socket.AF_UNIX else (host, 0))
        self._socket.settimeout(0.1)
        self.address: object = self._socket.getsockname()
        if isinstance(self.address, bytes):
            self.address = os.fsdecode(self.address)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        if self._kind == socket.SOCK_STREAM:
            self._socket.listen()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                self._greet()

    def _greet(self) -> None:
        if self._kind == socket.SOCK_DGRAM:
            _, client = self._socket.recvfrom(64)
            self._socket.sendto(b"hello", client)
            return
        accepted, _ = self._socket.accept()
        with accepted:
            accepted.settimeout(3)
            accepted.recv(64)
            accepted.sendall(b"hello")


def own_address() -> str:
    """An address of this machine that is not loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket: nothing is sent
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
