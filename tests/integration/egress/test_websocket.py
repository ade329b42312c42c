"""WebSocket passes where its handshake was one; nothing else is ever switched to."""

import base64
import hashlib
import os
import socket
import threading
from collections.abc import Callable

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served, echo

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
ASKS = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n"
)
SWITCHES = (
    b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + ACCEPT + b"\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)
FRAME = b"\x82\x85\0\0\0\0hello"


class Switching:
    """A server that answers the handshake, then does `then` with what follows."""

    def __init__(
        self,
        then: Callable[[socket.socket], None] = echo,
        answer: bytes = SWITCHES,
        patience_seconds: float = 0,
    ) -> None:
        self._then = then
        self._answer = answer
        self._patience_seconds = patience_seconds
        self.head = b""
        self.too_early = b""

    def __call__(self, client: socket.socket) -> None:
        """Serve one connection."""
        while not self.head.endswith(b"\r\n\r\n") and (data := client.recv(1)):
            self.head += data
        if self._patience_seconds:
            self.too_early = self._what_comes(client)
        client.sendall(self._answer)
        self._then(client)

    def _what_comes(self, client: socket.socket) -> bytes:
        before = client.gettimeout()
        client.settimeout(self._patience_seconds)
        try:
            return client.recv(65536)
        except TimeoutError:
            return b""
        finally:
            client.settimeout(before)


def ask(client: Client, server: Served, headers: bytes = ASKS, early: bytes = b"") -> bytes:
    """Ask for a switch; returns the head of the answer."""
    client.request(f"GET http://{server.authority}/chat", server.authority, headers, body=early)
    return client.until(b"\r\n\r\n")


def test_frames_pass_both_ways_once_the_server_has_switched(open_proxy: Open) -> None:
    origin = Switching()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            assert ask(client, server) == SWITCHES
            client.socket.sendall(FRAME)
            assert client.exactly(len(FRAME)) == FRAME
        (done,) = opened.done()
    assert origin.head == (
        f"GET /chat HTTP/1.1\r\nHost: {server.authority}\r\n".encode()
        + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + KEY
        + b"\r\n"
        + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    )
    assert (done.verdict, done.count) == ("allow", 1)
    assert done.bytes_up == len(origin.head) + len(FRAME)
    assert done.bytes_down == len(SWITCHES) + len(FRAME)


def test_what_the_client_sends_too_early_waits_for_the_switch(open_proxy: Open) -> None:
    origin = Switching(patience_seconds=0.3)
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        assert ask(client, server, early=FRAME) == SWITCHES
        assert client.exactly(len(FRAME)) == FRAME
    assert origin.too_early == b""


def test_a_lot_that_the_client_sends_too_early_arrives_in_order(open_proxy: Open) -> None:
    data = os.urandom(1_000_000)
    origin = Switching(patience_seconds=0.3)
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        client.request(f"GET http://{server.authority}/chat", server.authority, ASKS)
        sender = threading.Thread(target=client.socket.sendall, args=(data,))
        sender.start()
        assert client.until(b"\r\n\r\n") == SWITCHES
        assert client.exactly(len(data)) == data
        sender.join()


def test_what_the_server_says_with_its_answer_follows_it(open_proxy: Open) -> None:
    origin = Switching(answer=SWITCHES + FRAME)
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        assert ask(client, server) == SWITCHES
        assert client.exactly(len(FRAME)) == FRAME


def test_each_side_may_end_before_the_other(open_proxy: Open) -> None:
    def answer_at_the_end(client: socket.socket) -> None:
        received = b""
        while data := client.recv(65536):
            received += data
        client.sendall(received[::-1])

    with Served(Switching(answer_at_the_end)) as server, open_proxy("127.0.0.1").client() as client:
        ask(client, server)
        client.socket.sendall(b"abc")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b"cba"


def test_a_client_that_ended_before_the_switch_still_gets_its_answer(open_proxy: Open) -> None:
    origin = Switching(patience_seconds=0.3)
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        url = f"GET http://{server.authority}/chat"
        client.request(url, server.authority, ASKS, body=FRAME)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == SWITCHES + FRAME


def test_after_the_switch_requests_are_no_longer_the_proxy_s(open_proxy: Open) -> None:
    request = b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n"
    with Served(Switching()) as server, open_proxy("127.0.0.1").client() as client:
        ask(client, server)
        client.socket.sendall(request)
        assert client.exactly(len(request)) == request


def test_twenty_megabytes_each_way_arrive_unchanged(open_proxy: Open) -> None:
    data = os.urandom(20 * 1024 * 1024)
    with Served(Switching()) as server, open_proxy("127.0.0.1").client() as client:
        ask(client, server)
        sender = threading.Thread(target=client.socket.sendall, args=(data,))
        sender.start()
        assert client.exactly(len(data)) == data
        sender.join()


def test_a_client_that_does_not_read_stops_the_server(open_proxy: Open) -> None:
    stalled = threading.Event()
    sent = 0

    def pour(client: socket.socket) -> None:
        nonlocal sent
        client.settimeout(0.5)
        try:
            while True:
                sent += client.send(bytes(65536))
        except TimeoutError:
            stalled.set()

    with Served(Switching(pour)) as server, open_proxy("127.0.0.1").client() as client:
        ask(client, server)
        assert stalled.wait(20)
        assert sent < 50 * 1024 * 1024


ENOUGH = 20 * 1024 * 1024


@pytest.mark.parametrize("guarded", [False, True], ids=["control", "guarded"])
def test_what_waits_for_a_switch_that_does_not_come_is_bounded(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr("runner.egress.exchange.MOST_EARLY_BYTES", 2 * ENOUGH)
    release = threading.Event()

    def never_answer(client: socket.socket) -> None:
        release.wait(20)

    sent = 0
    with Served(never_answer) as server, open_proxy("127.0.0.1").client() as client:
        client.request(f"GET http://{server.authority}/chat", server.authority, ASKS)
        client.socket.settimeout(0.5)
        try:
            while sent < ENOUGH:
                sent += client.socket.send(bytes(65536))
        except TimeoutError:
            pass
        release.set()
    assert (sent < ENOUGH) is guarded


def test_a_switch_while_the_client_does_not_read_stops_the_server(open_proxy: Open) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 30_000 + b"\r\n\r\n"
    stalled = threading.Event()
    poured = 0

    def pour(client: socket.socket) -> None:
        nonlocal poured
        client.settimeout(0.5)
        try:
            while poured < 2 * ENOUGH:
                poured += client.send(bytes(65536))
        except TimeoutError:
            stalled.set()

    origin = Switching(pour, hint * 10 + SWITCHES)
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        client.request(f"GET http://{server.authority}/chat", server.authority, ASKS)
        assert stalled.wait(20)
    assert poured < 2 * ENOUGH


def test_a_websocket_ends_with_its_call(open_proxy: Open) -> None:
    with Served(Switching()) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            ask(client, server)
            assert [done.verdict for done in opened.done()] == ["allow"]
            assert client.rest() == b""


def test_a_websocket_to_an_unknown_host_is_refused(open_proxy: Open) -> None:
    with Served(Switching()) as server:
        opened = open_proxy("example.com")
        with opened.client() as client:
            assert ask(client, server, early=FRAME).startswith(b"HTTP/1.1 403 ")
        assert server.clients == 0
        assert [done.verdict for done in opened.done()] == ["deny"]


@pytest.mark.parametrize("status", [b"200 OK", b"426 Upgrade Required", b"400 Bad Request"])
def test_nothing_sent_for_a_refused_switch_reaches_a_server(
    open_proxy: Open, status: bytes
) -> None:
    origin = Recorded(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\nhello")
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            smuggled = f"GET http://{server.authority}/smuggled HTTP/1.1\r\n".encode()
            smuggled += f"Host: {server.authority}\r\n".encode() + client.proves + b"\r\n"
            head = ask(client, server, early=smuggled)
            assert head.startswith(b"HTTP/1.1 " + status)
            assert b"Connection: close" in head
            client.socket.sendall(smuggled)
            assert client.rest() == b"hello"
        assert len(origin.requests) == 1
        assert b"smuggled" not in origin.requests[0]
        with opened.client() as client:  # the same bytes, on their own, do reach it
            client.socket.sendall(smuggled)
            assert client.until(b"hello").endswith(b"hello")
        assert b"/smuggled" in origin.requests[1]


UNMEANT = SWITCHES.replace(ACCEPT, b"x" * len(ACCEPT))


def test_a_101_that_is_not_meant_would_open_a_pipe_and_does_not(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some servers can be made to say 101 by a header or a path that the client chooses."""
    undecided = b"DELETE /undecided HTTP/1.1\r\nHost: other.example\r\n\r\n"
    opened = open_proxy("127.0.0.1")
    with Served(Switching(answer=UNMEANT)) as server:
        with monkeypatch.context() as without, opened.client() as client:
            without.setattr("runner.egress.exchange.confirmed", lambda *_: True)
            ask(client, server)
            client.socket.sendall(undecided)
            assert client.exactly(len(undecided)) == undecided
        with opened.client() as client:
            assert ask(client, server, early=undecided).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    "answer",
    [
        UNMEANT,
        SWITCHES.replace(b"websocket", b"h2c"),
        SWITCHES.replace(b"Upgrade: websocket\r\n", b""),
        SWITCHES.replace(b"Upgrade: w", b"Content-Length: 5\r\nUpgrade: w"),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
    ids=["wrong key", "another protocol", "no protocol", "a length", "nothing"],
)
def test_a_server_that_switches_to_something_else_is_broken_off(
    open_proxy: Open, answer: bytes
) -> None:
    received: list[bytes] = []
    ended = threading.Event()

    def listen(client: socket.socket) -> None:
        try:
            while data := client.recv(65536):
                received.append(data)
        finally:
            ended.set()

    with Served(Switching(listen, answer)) as server, open_proxy("127.0.0.1").client() as client:
        assert ask(client, server, early=FRAME).startswith(b"HTTP/1.1 502 ")
        assert ended.wait(20)
    assert received == []


@pytest.mark.parametrize(
    "headers",
    [
        b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
        b"Upgrade: TLS/1.0\r\nConnection: Upgrade\r\n",
        b"Upgrade: h2c\r\n" + ASKS.partition(b"\r\n")[2],
        ASKS.replace(b"13", b"7"),
    ],
    ids=["h2c", "TLS", "h2c with a handshake", "another version"],
)
def test_no_other_switch_is_passed_on_or_let_happen(open_proxy: Open, headers: bytes) -> None:
    plain = Recorded()
    opened = open_proxy("127.0.0.1")
    with Served(plain) as server, opened.client() as client:
        assert ask(client, server, headers).startswith(b"HTTP/1.1 200 ")
        assert client.exactly(5) == b"hello"
    head = plain.requests[0].lower()
    assert b"upgrade" not in head
    assert b"http2-settings" not in head
    with Served(Switching()) as server, opened.client() as client:
        assert ask(client, server, headers).startswith(b"HTTP/1.1 502 ")


def test_http_2_without_asking_is_refused(open_proxy: Open) -> None:
    with open_proxy("127.0.0.1").client() as client:
        client.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert client.rest().startswith(b"HTTP/1.1 505 ")
