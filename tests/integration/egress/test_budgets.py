"""A bound on bytes cuts the connection that passes it, and shuts out what comes after it."""

import socket

import pytest

from runner.egress.calls import Connection
from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import Rule, RuleSource
from tests.integration.egress.conftest import Open
from tests.integration.egress.test_socks import admitted, asked
from tests.integration.egress.test_websocket import ASKS, Switching
from tests.integration.egress.world import Client, Recorded, Served, echo

NAMES = {"localhost": ("127.0.0.1",)}


def bound(key: str, most: int) -> ByteBound:
    source = RuleSource("s.json", 3, "user")
    return ByteBound(most, Rule(f"sandbox.network.{key}: {most}", source, None))


PER_HOST = EgressLimits(bytes_per_host=bound("maxBytesPerHost", 10_000))
PER_SESSION = EgressLimits(bytes_per_session=bound("maxBytesPerSession", 10_000))


def denied(port: int, key: str, bytes_up: int, bytes_down: int, count: int = 1) -> Connection:
    rule = f"sandbox.network.{key}: 10000"
    reason = f"the session has moved as many bytes as {rule} lets it (s.json:3)"
    remedy = f"raise sandbox.network.{key}"
    return Connection("127.0.0.1", port, "deny", rule, reason, remedy, bytes_up, bytes_down, count)


def pour(client: socket.socket) -> None:
    """Send without end."""
    while True:
        client.sendall(bytes(1000))


def bytes_of(client: Client, authority: str) -> int:
    client.tunnel(authority)
    return len(client.exactly(1_000_000))


def test_without_a_bound_a_server_may_send_as_much_as_it_likes(open_proxy: Open) -> None:
    with Served(pour) as server, open_proxy("127.0.0.1").client() as client:
        assert bytes_of(client, server.authority) == 1_000_000


@pytest.mark.parametrize(
    ("limits", "key"), [(PER_HOST, "maxBytesPerHost"), (PER_SESSION, "maxBytesPerSession")]
)
def test_a_server_that_sends_too_much_is_cut_off(
    open_proxy: Open, limits: EgressLimits, key: str
) -> None:
    with Served(pour) as server:
        opened = open_proxy("127.0.0.1", limits=limits)
        with opened.client() as client:
            assert bytes_of(client, server.authority) <= 10_000
        (done,) = opened.done()
    assert done == denied(server.port, key, 0, done.bytes_down)
    assert done.bytes_down <= 10_000


def test_a_client_that_sends_too_much_is_cut_off_and_the_server_never_gets_it(
    open_proxy: Open,
) -> None:
    received = bytearray()

    def take(client: socket.socket) -> None:
        while data := client.recv(65536):
            received.extend(data)

    with Served(take) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            client.tunnel(server.authority)
            with pytest.raises(OSError, match=r"Broken pipe|Connection reset"):
                while True:
                    client.socket.sendall(b"x" * 1000)
        (done,) = opened.done()
    assert len(received) == done.bytes_up <= 10_000
    assert done == denied(server.port, "maxBytesPerHost", done.bytes_up, 0)


def test_both_ways_count_and_a_new_connection_is_refused(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            client.tunnel(server.authority)
            client.socket.sendall(bytes(5000))
            assert client.exactly(5000) == bytes(5000)
            with opened.client() as second:
                assert second.tunnel(server.authority).startswith(b"HTTP/1.1 403 ")
                body = second.rest()
            client.socket.sendall(b"x")
            assert client.rest() == b""
        assert opened.done() == (denied(server.port, "maxBytesPerHost", 5000, 5000, 2),)
    assert b"maxBytesPerHost: 10000 lets it. To allow it: raise sandbox.network." in body
    assert b"s.json" not in body


def test_another_host_has_bytes_of_its_own_and_none_of_the_session_s(open_proxy: Open) -> None:
    with Served(pour) as greedy, Served(echo) as other:
        for limits, status in ((PER_HOST, b"200"), (PER_SESSION, b"403")):
            opened = open_proxy("127.0.0.1", "localhost", limits=limits, names=NAMES)
            with opened.client() as client:
                bytes_of(client, greedy.authority)
            with opened.client() as client:
                answer = client.tunnel(f"localhost:{other.port}")
                assert answer.startswith(b"HTTP/1.1 " + status)
            opened.proxy.__exit__()


def test_another_call_of_the_session_has_no_bytes_of_its_own(open_proxy: Open) -> None:
    with Served(pour) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            bytes_of(client, server.authority)
        other = opened.proxy.admit("other")
        with Client(opened.path, other) as client:
            assert client.tunnel(server.authority).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(("size", "whole"), [(5_000, True), (20_000, False)])
def test_an_answer_that_is_too_long_breaks_off(open_proxy: Open, size: int, whole: bool) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    with Served(Recorded(answer, bytes(size))) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            client.socket.settimeout(20)
            got = client.until(b"\r\n\r\n") + client.exactly(size)
        (done,) = opened.done()
    assert (got.endswith(bytes(size)), done.verdict) == (whole, "allow" if whole else "deny")


@pytest.mark.parametrize(("size", "count"), [(5_000, 1), (20_000, 0)])
def test_a_body_that_is_too_long_is_not_sent_on(open_proxy: Open, size: int, count: int) -> None:
    recorded = Recorded()
    with Served(recorded) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            headers = b"Connection: close\r\nContent-Length: %d\r\n" % size
            url = f"http://{server.authority}/"
            client.request(f"POST {url}", server.authority, headers, body=b"x" * size)
            answered = client.rest().startswith(b"HTTP/1.1 200 ")
        (done,) = opened.done()
    assert (answered, done.verdict) == (bool(count), "allow" if count else "deny")
    assert all(len(request) <= 10_000 for request in recorded.requests)


def test_the_requests_of_a_kept_connection_count_together(open_proxy: Open) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + bytes(9000)
    limits = EgressLimits(bytes_per_host=bound("maxBytesPerHost", 9120))
    with Served(Recorded(answer)) as server:
        opened = open_proxy("127.0.0.1", limits=limits)
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
            client.exactly(9000)
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.rest() == b""
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.rest().startswith(b"HTTP/1.1 403 ")
        allowed, refused = opened.done()
    assert (allowed.verdict, allowed.count, refused.verdict, refused.count) == (
        "allow",
        1,
        "deny",
        2,
    )


def test_a_websocket_counts_like_any_other_way(open_proxy: Open) -> None:
    def pour_when_asked(client: socket.socket) -> None:
        client.recv(1)
        pour(client)

    with Served(Switching(pour_when_asked)) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority, ASKS)
            assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
            client.socket.sendall(b"x")
            assert len(client.exactly(1_000_000)) <= 10_000
        (done,) = opened.done()
    assert done == denied(server.port, "maxBytesPerHost", done.bytes_up, done.bytes_down)


def test_socks_counts_like_any_other_way(open_proxy: Open) -> None:
    with Served(pour) as server:
        opened = open_proxy("127.0.0.1", limits=PER_HOST)
        with admitted(opened) as client:
            asked(client, "127.0.0.1", server.port)
            assert len(client.exactly(1_000_000)) <= 10_000
        with admitted(opened) as client:
            assert asked(client, "127.0.0.1", server.port)[1] == 2  # RFC 1928 6: not allowed
        (done,) = opened.done()
    assert done == denied(server.port, "maxBytesPerHost", 0, done.bytes_down, 2)
