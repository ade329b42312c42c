"""Servers of several protocols on the host's loopback, for clients in a cell."""

import base64
import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.availability import cannot_run

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a WebSocket server adds to a client's key (RFC 6455 1.3)."""

# One method that gives back what it is sent; the port it got is its first line of output.
ECHO = """
import grpc, sys
from concurrent.futures import ThreadPoolExecutor
handler = grpc.method_handlers_generic_handler(
    "Echo", {"Say": grpc.unary_unary_rpc_method_handler(lambda request, _: request)})
server = grpc.server(ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((handler,))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, without a word."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing on our standard error."""


@contextmanager
def serving_folder(folder: Path, certificate: Path | None = None) -> Iterator[int]:
    """The folder over HTTP, or over HTTPS with a certificate and its key in one file; the port."""
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def echoing_messages() -> Iterator[int]:
    """A WebSocket server that sends the first message of each client back; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            client.settimeout(60)
            _echo_message(client)


def _echo_message(client: socket.socket) -> None:
    with client.makefile("rwb") as stream:
        lines = list(iter(lambda: stream.readline().strip(), b""))
        headers = dict(line.split(b": ", 1) for line in lines[1:])
        accept = base64.b64encode(hashlib.sha1(headers[b"Sec-WebSocket-Key"] + GUID).digest())
        stream.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        stream.flush()
        _, length = stream.read(2)  # a short text message, masked as clients have to (5.3)
        mask, masked = stream.read(4), stream.read(length & 0x7F)
        message = bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))
        stream.write(bytes((0x81, len(message))) + message)


@contextmanager
def accepting_ssh(folder: Path) -> Iterator[int]:
    """A real sshd that lets `folder/key` in as the user of this process; its port.

    `folder/known_hosts` knows it as `server`.
    """
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if sshd is None:
        cannot_run("this test needs sshd, of openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # what its service does first
    for name in ("key", "host_key"):
        make = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run(make, check=True)
    (folder / "known_hosts").write_text(f"server {(folder / 'host_key.pub').read_text()}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    options = (
        f"ListenAddress=127.0.0.1:{port}",
        f"HostKey={folder}/host_key",
        f"AuthorizedKeysFile={folder}/key.pub",
        "StrictModes=no",
        "UsePAM=no",
        "PidFile=none",
    )
    command = (sshd, "-D", "-e", "-f", "/dev/null", *(f"-o{option}" for option in options))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline().decode()
            assert "listening" in line, line
            yield port
        finally:
            process.terminate()


@contextmanager
def answering_calls(packages: Path) -> Iterator[int]:
    """A gRPC server with the method `/Echo/Say`; its port. `packages` holds grpcio."""
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    process = subprocess.Popen(
        [sys.executable, "-c", ECHO],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = process.stdout.readline()
        assert port, "the gRPC server did not start"
        yield int(port)
        process.stdin.close()
