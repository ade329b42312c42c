"""A thousand tunnels, and clients and servers that behave badly: nobody else notices.

All counts are of the process that the proxy runs in.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.egress.alone import Alone, alone
from tests.integration.egress.crowd import far_end, many_files, tunnels, vanish
from tests.integration.egress.world import Client

MANY = 1000
MOST_MIB = 150


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Alone]:
    """A proxy with one call, and files enough for everybody."""
    with many_files(), alone(tmp_path) as proxy:
        yield proxy


@pytest.fixture
def server(proxy: Alone) -> Iterator[str]:
    """Where the far end is."""
    with far_end() as authority:
        yield authority


def works(proxy: Alone, server: str) -> bool:
    """Whether one more client is served: a tunnel, and a byte there and back."""
    with Client(proxy.path, proxy.credentials) as client:
        return client.tunnel(server, early=b"e").startswith(b"HTTP/1.1 200 ") and (
            client.exactly(1) == b"e"
        )


def test_a_thousand_tunnels_are_open_at_once_and_all_closed_at_the_end(
    proxy: Alone, server: str
) -> None:
    idle = proxy.held()
    with tunnels(proxy.path, proxy.credentials, server, MANY) as clients:
        for client in clients:
            client.socket.sendall(b"e" * 1000)
        assert works(proxy, server)
        assert all(client.exactly(1000) == b"e" * 1000 for client in clients)
        assert proxy.held().files >= 2 * MANY
    held = proxy.comes_to_hold(idle.files, idle.tasks)
    assert (held.files, held.tasks) == (idle.files, idle.tasks)
    assert held.peak_mib < MOST_MIB


def test_half_closed_tunnels_still_carry_the_other_way(proxy: Alone, server: str) -> None:
    idle = proxy.held()
    with tunnels(proxy.path, proxy.credentials, server, 200) as clients:
        for client in clients:
            client.socket.sendall(b"eee")
            client.socket.shutdown(socket.SHUT_WR)
        assert works(proxy, server)
        assert all(client.rest() == b"eee" for client in clients)
        held = proxy.comes_to_hold(idle.files, idle.tasks)
        assert (held.files, held.tasks) == (idle.files, idle.tasks)


def test_clients_that_vanish_take_their_tunnels_along(proxy: Alone, server: str) -> None:
    idle = proxy.held()
    with tunnels(proxy.path, proxy.credentials, server, 300) as clients:
        asking = [Client(proxy.path, proxy.credentials) for _ in range(100)]
        for client in asking:
            client.request(f"CONNECT {server}", server)
        for client in (*clients, *asking):
            vanish(client)
        assert works(proxy, server)
        held = proxy.comes_to_hold(idle.files, idle.tasks)
        assert (held.files, held.tasks) == (idle.files, idle.tasks)


def test_heads_that_trickle_and_servers_that_never_answer_hold_nobody_up(
    proxy: Alone, server: str
) -> None:
    idle = proxy.held()
    slow = [Client(proxy.path, proxy.credentials) for _ in range(600)]
    for client in slow[:200]:
        client.socket.sendall(b"GET http://example.com/ HTTP/1.1\r\nHost: exam")
    for client in slow[200:400]:
        client.request(f"POST http://{server}/", server)
    for client in slow[400:]:
        client.tunnel(server, early=b"silence")
    for drop in b"ple.com\r":
        for client in slow[:200]:
            client.socket.sendall(bytes([drop]))
        assert works(proxy, server)
    assert proxy.held().files >= idle.files + 600
    held = proxy.held("dismiss")  # heads that trickle belong to no call yet: they end by themselves
    assert held.tasks == idle.tasks
    for client in slow:
        client.socket.close()
    held = proxy.comes_to_hold(idle.files, idle.tasks)
    assert (held.files, held.tasks) == (idle.files, idle.tasks)


def peak_when_nothing_is_taken(proxy: Alone, server: str, count: int) -> float:
    """The most memory with so many tunnels through which the server sends for ever, in MiB."""
    with tunnels(proxy.path, proxy.credentials, server, count) as clients:
        for client in clients:
            client.socket.sendall(b"f")
        for client in clients:  # it has begun to come everywhere
            assert client.exactly(1) == b"\0"
        assert works(proxy, server)
        return proxy.settled_peak_mib()


def test_without_a_shared_bound_clients_that_take_nothing_fill_the_memory(tmp_path: Path) -> None:
    with many_files(), alone(tmp_path, "unbounded") as proxy, far_end() as server:
        assert peak_when_nothing_is_taken(proxy, server, 300) > MOST_MIB


def test_clients_that_take_nothing_do_not_fill_the_memory(proxy: Alone, server: str) -> None:
    idle = proxy.held()
    assert peak_when_nothing_is_taken(proxy, server, MANY) < MOST_MIB
    held = proxy.comes_to_hold(idle.files, idle.tasks)
    assert (held.files, held.tasks) == (idle.files, idle.tasks)


def peak_of_plain_answers(proxy: Alone, server: str) -> float:
    """The most memory when a crowd asks for endless answers and takes nothing of them, in MiB."""
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(proxy.path, proxy.credentials)) for _ in range(MANY)]
        for client in clients:
            client.request(f"GET http://{server}/", server)
        for client in clients:
            assert client.exactly(1) == b"H"
        assert works(proxy, server)
        return proxy.settled_peak_mib()


def test_without_small_reads_plain_answers_that_nobody_takes_fill_the_memory(
    tmp_path: Path,
) -> None:
    with many_files(), alone(tmp_path, "unbounded") as proxy, far_end() as server:
        assert peak_of_plain_answers(proxy, server) > MOST_MIB


def test_plain_answers_that_nobody_takes_do_not_fill_the_memory(proxy: Alone, server: str) -> None:
    assert peak_of_plain_answers(proxy, server) < MOST_MIB


def test_what_others_leave_lying_does_not_stop_who_takes(proxy: Alone, server: str) -> None:
    with tunnels(proxy.path, proxy.credentials, server, 300) as clients:
        for client in clients:
            client.socket.sendall(b"f")
        taking, size = clients[-1], 32 * 1024 * 1024
        assert len(taking.exactly(size)) == size


def test_what_is_open_when_the_proxy_closes_is_closed(proxy: Alone, server: str) -> None:
    with tunnels(proxy.path, proxy.credentials, server, 200) as clients:
        files = proxy.held().files
        held = proxy.closed()
        assert (held.tasks, held.threads) == (0, 1)
        assert held.files <= files - 2 * len(clients)
        assert all(client.rest() == b"" for client in clients)
