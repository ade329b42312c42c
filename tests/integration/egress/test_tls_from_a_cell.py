"""A way to one host is no way to the others that answer at the same address."""

import socket
import threading
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import in_cell, python
from tests.unit.egress.hellos import read_by_openssl

pytestmark = pytest.mark.engine

# Sends the first message of TLS for a name through a tunnel to another, and ends.
TALK = """
import base64, os, socket, ssl
from urllib.parse import urlsplit
proxy = urlsplit(os.environ["https_proxy"])
proof = base64.b64encode(f"{{proxy.username}}:{{proxy.password}}".encode()).decode()
tunnel = socket.create_connection((proxy.hostname, proxy.port), timeout=20)
tunnel.sendall(f"CONNECT {authority} HTTP/1.1\\r\\nHost: {authority}\\r\\n"
               f"Proxy-Authorization: Basic {{proof}}\\r\\n\\r\\n".encode())
assert tunnel.recv(12) == b"HTTP/1.1 200"
hello = ssl.MemoryBIO()
try:
    ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), hello, server_hostname="{name}").do_handshake()
except ssl.SSLWantReadError:
    tunnel.sendall(hello.read())
tunnel.shutdown(socket.SHUT_WR)
try:
    while tunnel.recv(4096):
        pass
except OSError:
    pass
"""


class Listening:
    """A host that keeps what one client says to it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.authority = f"localhost:{self._listener.getsockname()[1]}"
        self._said = b""
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def said(self) -> bytes:
        """Everything, once the client has ended."""
        self._thread.join(60)
        return self._said

    def _listen(self) -> None:
        with self._listener, self._listener.accept()[0] as client:
            while data := client.recv(4096):
                self._said += data


def told_from_a_cell(box: Sandbox, name: str, host: Listening) -> list[str | None]:
    """The name that TLS from a cell, for `name`, calls a host by; empty if nothing comes."""
    assert in_cell(box, python(TALK.format(authority=host.authority, name=name))).succeeded
    said = host.said()
    return read_by_openssl(said) if said else []


def test_tls_for_another_host_gets_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(tmp_path, allowed_domains=["localhost"]) as box:
        with monkeypatch.context() as without:
            without.setattr("runner.egress.threshold.check_name", lambda *_: None)
            assert told_from_a_cell(box, "other.example", Listening()) == ["other.example"]
        assert told_from_a_cell(box, "other.example", Listening()) == []
        assert told_from_a_cell(box, "localhost", Listening()) == ["localhost"]


def test_what_was_cut_is_reported(tmp_path: Path) -> None:
    host = Listening()
    with Sandbox(tmp_path, allowed_domains=["localhost"]) as box:
        talk = TALK.format(authority=host.authority, name="other.example")
        result = box.run(python(talk), timeout_seconds=60)
    assert host.said() == b""
    assert [(done.verdict, done.reason, done.bytes_up) for done in result.summary.egress] == [
        ("deny", "the TLS inside names other.example, not localhost", 0)
    ]
