"""A client that leaves one answer unread cannot have the next one pile up in the controller."""

import socket
import threading

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Served

SMALL = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + bytes(60_000)
ENOUGH = 30 * 1024 * 1024


class Pouring:
    """Answers shortly to `/small`; for anything else pours until nobody takes any more of it."""

    def __init__(self) -> None:
        self.poured = 0
        self.done = threading.Event()

    def __call__(self, client: socket.socket) -> None:
        """Serve one connection."""
        if b"/small" in client.recv(65536):
            client.sendall(SMALL)
            return
        client.settimeout(0.5)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while self.poured < ENOUGH:
                self.poured += client.send(bytes(65536))
        except TimeoutError:
            pass
        self.done.set()


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
@pytest.mark.parametrize("guarded", [False, True], ids=["control", "guarded"])
def test_a_client_that_asks_and_asks_and_never_reads_stops_the_server(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch, method: str, guarded: bool
) -> None:
    if not guarded:
        for carrier in ("exchange.Exchange", "tunnel.Tunnel"):
            monkeypatch.setattr(f"runner.egress.{carrier}.client_is_full", lambda *_, full: None)
        monkeypatch.setattr("runner.egress.room.Room.may_wait", lambda _: 2 * ENOUGH)
    pouring = Pouring()
    with Served(pouring) as server, open_proxy("127.0.0.1").client() as client:
        for _ in range(9):
            client.request(f"GET http://{server.authority}/small", server.authority)
        if method == "GET":
            client.request(f"GET http://{server.authority}/large", server.authority)
        else:
            client.request(f"CONNECT {server.authority}", server.authority, body=b"anything")
        if not guarded:
            assert pouring.done.wait(20)
            assert pouring.poured >= ENOUGH
            return
        # Whether it was never asked or was stopped on the way: it has not poured it all.
        assert not pouring.done.wait(1) or pouring.poured < ENOUGH
        small = len(SMALL) * 9
        assert client.exactly(small) == SMALL * 9
        assert pouring.done.wait(20)
