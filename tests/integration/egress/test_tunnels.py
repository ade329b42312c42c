"""A tunnel carries every byte both ways, and ends when its ends do."""

import hashlib
import os
import socket
import threading

import pytest

from runner.egress.calls import Connection
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Served, echo

STANDS = b"HTTP/1.1 200 Connection established\r\n\r\n"
FIFTY_MB = 50 * 1024 * 1024


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_tunnel_to_an_allowed_address_carries_bytes_both_ways(
    open_proxy: Open, address: str
) -> None:
    with Served(echo, address) as server:
        opened = open_proxy(server.authority)
        with opened.client() as client:
            assert client.tunnel(server.authority) == STANDS
            client.socket.sendall(b"ping")
            assert client.exactly(4) == b"ping"
        assert opened.done() == (
            Connection(
                address,
                server.port,
                "allow",
                server.authority,
                "allowed by command line",
                bytes_up=4,
                bytes_down=4,
            ),
        )


def test_localhost_is_resolved_and_reached(open_proxy: Open) -> None:
    with Served(echo) as server, open_proxy("localhost").client() as client:
        assert client.tunnel(f"localhost:{server.port}", early=b"early") == STANDS
        assert client.exactly(5) == b"early"


def test_what_the_client_sends_before_the_tunnel_stands_arrives(open_proxy: Open) -> None:
    with Served(echo) as server, open_proxy("127.0.0.1").client() as client:
        assert client.tunnel(server.authority, early=b"hello") == STANDS
        client.socket.sendall(b" again")
        assert client.exactly(11) == b"hello again"


def test_what_the_server_says_first_comes_after_the_answer(open_proxy: Open) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"SSH-2.0-test\r\n")
        client.recv(1)

    with Served(greet) as server, open_proxy("127.0.0.1").client() as client:
        assert client.tunnel(server.authority) == STANDS
        assert client.exactly(14) == b"SSH-2.0-test\r\n"


def test_a_client_that_has_sent_everything_still_gets_its_answer(open_proxy: Open) -> None:
    def answer_at_the_end(client: socket.socket) -> None:
        received = b""
        while data := client.recv(65536):
            received += data
        client.sendall(received[::-1])

    with Served(answer_at_the_end) as server, open_proxy("127.0.0.1").client() as client:
        client.tunnel(server.authority)
        client.socket.sendall(b"abc")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b"cba"


def test_a_client_that_ended_its_output_before_the_tunnel_stood_gets_its_answer(
    open_proxy: Open,
) -> None:
    with Served(echo) as server, open_proxy("127.0.0.1").client() as client:
        client.request(f"CONNECT {server.authority}", server.authority, body=b"all")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == STANDS + b"all"


def test_a_server_that_has_sent_everything_still_gets_the_rest(open_proxy: Open) -> None:
    received: list[bytes] = []

    def speak_then_listen(client: socket.socket) -> None:
        client.sendall(b"done")
        client.shutdown(socket.SHUT_WR)
        while data := client.recv(65536):
            received.append(data)

    with Served(speak_then_listen) as server, open_proxy("127.0.0.1").client() as client:
        client.tunnel(server.authority)
        assert client.rest() == b"done"
        client.socket.sendall(b"thanks")
        client.socket.shutdown(socket.SHUT_WR)
    assert b"".join(received) == b"thanks"


def test_fifty_megabytes_each_way_arrive_unchanged(open_proxy: Open) -> None:
    data = os.urandom(FIFTY_MB)
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.tunnel(server.authority)
            sender = threading.Thread(target=client.socket.sendall, args=(data,))
            sender.start()
            received = client.exactly(FIFTY_MB)
            sender.join()
        (done,) = opened.done()
    assert hashlib.sha256(received).digest() == hashlib.sha256(data).digest()
    assert (done.bytes_up, done.bytes_down) == (FIFTY_MB, FIFTY_MB)


def test_a_client_that_does_not_read_stops_the_server_not_the_proxy(open_proxy: Open) -> None:
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

    with Served(pour) as server, open_proxy("127.0.0.1").client() as client:
        client.tunnel(server.authority)
        assert stalled.wait(20)
        assert sent < FIFTY_MB


def test_a_server_that_does_not_read_stops_the_client(open_proxy: Open) -> None:
    release = threading.Event()

    def ignore(client: socket.socket) -> None:
        release.wait(20)

    with Served(ignore) as server, open_proxy("127.0.0.1").client() as client:
        client.tunnel(server.authority)
        client.socket.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < FIFTY_MB:
                sent += client.socket.send(bytes(65536))
        release.set()


def test_when_the_client_goes_the_server_is_let_go(open_proxy: Open) -> None:
    gone = threading.Event()

    def wait_for_the_end(client: socket.socket) -> None:
        while client.recv(65536):
            pass
        gone.set()

    with Served(wait_for_the_end) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.tunnel(server.authority)
        assert gone.wait(20)


def test_when_the_server_breaks_off_the_client_learns_it(open_proxy: Open) -> None:
    def reset(client: socket.socket) -> None:
        client.recv(1)
        linger = b"\1\0\0\0\0\0\0\0"
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with Served(reset) as server, open_proxy("127.0.0.1").client() as client:
        client.tunnel(server.authority)
        client.socket.sendall(b"x")
        assert client.rest() == b""


def test_tunnels_of_one_call_stand_side_by_side(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        clients = [opened.client() for _ in range(50)]
        for client in clients:
            assert client.tunnel(server.authority) == STANDS
        for number, client in enumerate(clients):
            client.socket.sendall(b"%03d" % number)
        assert [client.exactly(3) for client in clients] == [b"%03d" % n for n in range(50)]
        for client in clients:
            client.socket.close()
        (done,) = opened.done()
        assert done.count == 50


def test_a_client_of_another_protocol_is_told_so(open_proxy: Open) -> None:
    opened = open_proxy("127.0.0.1")
    with Client(opened.path, None) as client:
        client.socket.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert client.rest().startswith(b"HTTP/1.1 400 ")
