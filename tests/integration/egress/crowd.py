"""Very many clients at once, and a server for all of them that does as the first byte says."""

import asyncio
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from tests.integration.egress.world import Client

ROOT = Path(__file__).parents[3]
FILES = 8192
ENDLESS_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"
_RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)


class Serving(asyncio.Protocol):
    """`e`: sends everything back. `f`: sends without end; `G`, as of GET: an endless answer.
    Anything else: never answers.
    """

    def __init__(self) -> None:
        self._order = b""
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        begins = not self._order
        self._order = self._order or data[:1]
        if begins and self._order == b"G":
            self._transport.write(ENDLESS_ANSWER)
            self._order = b"f"
        if self._order == b"e":
            self._transport.write(data)
        elif self._order == b"f":
            self.resume_writing()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        while self._order == b"f" and not self._full and not self._transport.is_closing():
            self._transport.write(bytes(1 << 18))


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Serving, "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def far_end() -> Iterator[str]:
    """The authority of the server, in a process of its own."""
    words = [sys.executable, "-m", __name__]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@contextmanager
def many_files() -> Iterator[None]:
    """Room for a crowd in this process and the ones it starts."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(FILES, before[0]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def tunnels(path: Path, credentials: str, authority: str, count: int) -> Iterator[list[Client]]:
    """So many tunnels, all standing."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(path, credentials)) for _ in range(count)]
        for client in clients:
            client.request(f"CONNECT {authority}", authority)
        for client in clients:
            answer = client.until(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        yield clients


def vanish(client: Client) -> None:
    """Be gone without a word."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_WHEN_CLOSED)
    client.socket.close()


if __name__ == "__main__":
    asyncio.run(_serve())
