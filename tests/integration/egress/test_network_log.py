"""Every connection that ends is told to the log, once, with where it led."""

import socket

from runner.egress.calls import Entry
from runner.egress.limits import EgressLimits
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served, echo

TOLD = {"call_id": "call", "command": "the command"}


def told(entry: Entry) -> Entry:
    """The entry without its time, which is there."""
    rest = dict(entry)
    assert isinstance(rest.pop("duration_ms"), float)
    return rest


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    return port


def test_a_tunnel_is_told_of_when_it_has_ended(open_proxy: Open) -> None:
    log: list[Entry] = []
    names = {"localhost": ("127.0.0.1",)}
    with Served(echo) as server:
        opened = open_proxy("localhost", log=log.append, names=names)
        with opened.client() as client:
            client.tunnel(f"localhost:{server.port}", early=b"ping")
            client.exactly(4)
            assert log == []
        opened.done()
    assert list(map(told, log)) == [
        {
            **TOLD,
            "host": "localhost",
            "port": server.port,
            "address": "127.0.0.1",
            "verdict": "allow",
            "rule": "localhost",
            "source": "command line",
            "reason": "allowed by command line",
            "bytes_up": 4,
            "bytes_down": 4,
        }
    ]


def test_what_was_refused_is_told_of_and_has_no_address(open_proxy: Open) -> None:
    log: list[Entry] = []
    opened = open_proxy(denied=("b.example",), log=log.append)
    for host in ("a.example:443", "b.example:443"):
        with opened.client() as client:
            client.tunnel(host)
            client.rest()
    opened.done()
    assert [(entry["host"], entry["verdict"], entry["address"]) for entry in log] == [
        ("a.example", "deny", None),
        ("b.example", "deny", None),
    ]
    assert [(entry["rule"], entry["source"]) for entry in log] == [
        ("", ""),
        ("b.example", "command line"),
    ]


def test_what_did_not_answer_is_told_of_with_the_address_that_was_tried(open_proxy: Open) -> None:
    log: list[Entry] = []
    opened = open_proxy("127.0.0.1", log=log.append)
    with opened.client() as client:
        assert client.tunnel(f"127.0.0.1:{free_port()}").startswith(b"HTTP/1.1 502 ")
        client.rest()
    opened.done()
    (entry,) = log
    reason = "it could not be reached: connection refused"
    assert (entry["verdict"], entry["address"], entry["reason"]) == ("allow", "127.0.0.1", reason)


def test_what_was_resolved_in_vain_has_no_address(open_proxy: Open) -> None:
    log: list[Entry] = []
    limits = EgressLimits(connect_seconds=0.0)
    opened = open_proxy("localhost", log=log.append, limits=limits)
    with opened.client() as client:
        client.tunnel("localhost:9")
        client.rest()
    opened.done()
    assert [entry["address"] for entry in log] == [None]


def test_what_names_no_host_is_told_of(open_proxy: Open) -> None:
    log: list[Entry] = []
    opened = open_proxy(log=log.append)
    with opened.client() as client:
        client.request("CONNECT 0x7f.1:443", "0x7f.1:443")
        client.rest()
    opened.done()
    (entry,) = log
    assert (entry["host"], entry["port"], entry["verdict"]) == ("0x7f.1:443", 0, "deny")


def test_every_request_of_a_kept_connection_is_told_of(open_proxy: Open) -> None:
    log: list[Entry] = []
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1", log=log.append)
        with opened.client() as client:
            for _ in range(2):
                client.request(f"GET http://{server.authority}/", server.authority)
                client.until(b"hello")
        opened.done()
    assert [entry["verdict"] for entry in log] == ["allow", "allow"]


def test_a_stranger_s_connection_is_no_call_s(open_proxy: Open) -> None:
    log: list[Entry] = []
    opened = open_proxy("127.0.0.1", log=log.append)
    with Client(opened.path, "call:wrong") as client:
        client.tunnel("127.0.0.1:9")
    opened.done()
    assert log == []


def test_connections_that_are_cut_with_their_call_are_told_of_before_it_is_dismissed(
    open_proxy: Open,
) -> None:
    log: list[Entry] = []
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", log=log.append)
        with opened.client() as client:
            client.tunnel(server.authority)
            opened.done()
            assert [entry["port"] for entry in log] == [server.port]
