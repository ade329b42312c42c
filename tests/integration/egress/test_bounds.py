"""No client can hold the proxy up: not by silence, not by numbers, not by size."""

import pytest

from runner.egress.limits import EgressLimits
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served, echo

BRIEF = EgressLimits(head_seconds=0.2, idle_seconds=0.2, farewell_seconds=0.2)


def test_a_head_that_never_ends_is_answered_and_cut_off(open_proxy: Open) -> None:
    with open_proxy(limits=BRIEF).client() as client:
        client.socket.sendall(b"GET http://example.com/ HTTP/1.1\r\nHost: exam")
        assert client.rest().startswith(b"HTTP/1.1 408 ")


def test_a_head_that_comes_drop_by_drop_is_cut_off(open_proxy: Open) -> None:
    with open_proxy(limits=BRIEF).client() as client:
        with pytest.raises(OSError, match=r"Broken pipe|Connection reset"):
            for _ in range(10_000):
                client.socket.sendall(b"\r\n")
                client.socket.settimeout(0.01)
                try:
                    client.socket.recv(1)
                except TimeoutError:
                    continue
        assert client.rest() == b""


def test_a_client_that_says_nothing_is_cut_off(open_proxy: Open) -> None:
    with open_proxy(limits=BRIEF).client() as client:
        assert client.rest() == b""


def test_a_client_that_asks_for_nothing_more_is_cut_off(open_proxy: Open) -> None:
    with Served(Recorded()) as server, open_proxy("127.0.0.1", limits=BRIEF).client() as client:
        client.request(f"GET http://{server.authority}/", server.authority)
        assert client.rest().endswith(b"hello")


def test_a_refused_client_that_does_not_hang_up_is_cut_off(open_proxy: Open) -> None:
    with open_proxy(limits=BRIEF).client() as client:
        client.tunnel("example.com:443")
        client.rest()
        with pytest.raises(OSError, match=r"Broken pipe|Connection reset"):
            while True:
                client.socket.sendall(bytes(1024))


def test_a_tunnel_may_be_silent_for_longer_than_a_head(open_proxy: Open) -> None:
    with Served(echo) as server, open_proxy("127.0.0.1", limits=BRIEF).client() as client:
        client.tunnel(server.authority)
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.sendall(b"still here")
        assert client.exactly(10) == b"still here"


def test_slow_clients_do_not_hold_up_the_others(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        slow = [Client(opened.path, None) for _ in range(100)]
        for client in slow:
            client.socket.sendall(b"GET http://example.com/ HTTP/1.1\r\n")
        with opened.client() as client:
            assert client.tunnel(server.authority, early=b"x").startswith(b"HTTP/1.1 200 ")
            assert client.exactly(1) == b"x"
        for client in slow:
            client.socket.close()


def test_many_clients_that_come_at_once_are_all_served(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        clients = [opened.client() for _ in range(300)]
        for client in clients:
            client.request(f"CONNECT {server.authority}", server.authority)
        for client in clients:
            assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
            client.socket.close()


def test_a_call_may_have_so_many_connections_and_then_more_when_some_end(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", limits=EgressLimits(connections_per_call=2))
        other = opened.proxy.admit("other")
        with opened.client() as first, opened.client() as second:
            for client in (first, second):
                assert client.tunnel(server.authority).startswith(b"HTTP/1.1 200 ")
            with opened.client() as third:
                assert third.tunnel(server.authority).startswith(b"HTTP/1.1 503 ")
            with Client(opened.path, other) as client:
                assert client.tunnel(server.authority).startswith(b"HTTP/1.1 200 ")
            second.socket.shutdown(1)
            second.rest()
            while True:  # the proxy counts it out when both sides are closed
                with opened.client() as client:
                    if client.tunnel(server.authority).startswith(b"HTTP/1.1 200 "):
                        break


def test_all_calls_together_may_have_so_many_connections(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", limits=EgressLimits(connections=1))
        with opened.client() as first:
            assert first.tunnel(server.authority).startswith(b"HTTP/1.1 200 ")
            with opened.client() as second:
                assert second.rest() == b""


def test_a_head_that_is_too_long_is_refused(open_proxy: Open) -> None:
    with open_proxy("example.com").client() as client:
        client.request("CONNECT example.com:443", "example.com", b"X: " + b"y" * 40_000)
        assert client.rest().startswith(b"HTTP/1.1 431 ")


def test_a_server_that_does_not_answer_the_call_is_given_up(open_proxy: Open) -> None:
    names = {"localhost": ("127.0.0.1",)}
    limits = EgressLimits(connect_seconds=0.0)
    with open_proxy("localhost", names=names, limits=limits).client() as client:
        assert client.tunnel("localhost:9").startswith(b"HTTP/1.1 502 ")
        assert b"no answer within 0 seconds" in client.rest()
