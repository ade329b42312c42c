"""SOCKS5 on the proxy's socket: the same calls, the same verdicts, the same account."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from runner.egress.calls import Connection
from runner.egress.limits import EgressLimits
from tests.availability import require_program
from tests.integration.egress.conftest import Open, Opened
from tests.integration.egress.world import Client, Recorded, Served, echo, relayed
from tests.unit.egress.hellos import real_hello

STANDS = b"\5\0\0\1\0\0\0\0\0\0"
PASSWORD = b"\5\1\2"


def refusal(code: int) -> bytes:
    return bytes((5, code, 0, 1)) + bytes(6)


def credentials(text: str) -> bytes:
    """User and password as they travel, of `USER:PASSWORD`."""
    user, _, password = text.encode().partition(b":")
    return b"\1" + bytes((len(user),)) + user + bytes((len(password),)) + password


def request(host: str, port: int, command: int = 1) -> bytes:
    """A request for an address, or for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        place = bytes((3, len(host))) + host.encode()
    else:
        place = (b"\1" if address.version == 4 else b"\4") + address.packed
    return bytes((5, command, 0)) + place + port.to_bytes(2, "big")


@contextmanager
def admitted(opened: Opened, text: str = "") -> Iterator[Client]:
    """A client whose credentials were accepted."""
    with Client(opened.path, None) as client:
        client.socket.sendall(PASSWORD)
        assert client.exactly(2) == b"\5\2"
        client.socket.sendall(credentials(text or opened.credentials))
        assert client.exactly(2) == b"\1\0"
        yield client


def asked(client: Client, host: str, port: int, command: int = 1) -> bytes:
    """The reply to a request."""
    client.socket.sendall(request(host, port, command))
    return client.exactly(10)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_tunnel_to_an_allowed_address_carries_bytes_both_ways(
    open_proxy: Open, address: str
) -> None:
    with Served(echo, address) as server:
        opened = open_proxy(server.authority)
        with admitted(opened) as client:
            assert asked(client, address, server.port) == STANDS
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


def test_a_name_is_resolved_by_the_proxy(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("localhost", names={"localhost": ("127.0.0.1",)})
        with admitted(opened) as client:
            assert asked(client, "LOCALHOST.", server.port) == STANDS
        (done,) = opened.done()
    assert (done.host, done.verdict, done.reached) == ("localhost", "allow", True)


def test_what_a_client_sends_ahead_of_every_answer_arrives(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with Client(opened.path, None) as client:
            words = (PASSWORD, credentials(opened.credentials), request("127.0.0.1", server.port))
            client.socket.sendall(b"".join(words) + b"all")
            client.socket.shutdown(socket.SHUT_WR)
            assert client.rest() == b"\5\2" + b"\1\0" + STANDS + b"all"


def test_what_comes_byte_by_byte_is_understood(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with Client(opened.path, None) as client:
            words = (PASSWORD, credentials(opened.credentials), request("127.0.0.1", server.port))
            for byte in b"".join(words):
                client.socket.sendall(bytes((byte,)))
            assert client.exactly(14) == b"\5\2" + b"\1\0" + STANDS


def test_a_host_that_nobody_allowed_is_refused(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("example.com")
        with admitted(opened) as client:
            assert asked(client, "127.0.0.1", server.port) == refusal(2)
            assert client.rest() == b""
        assert server.clients == 0
        assert [(entry.host, entry.verdict) for entry in opened.done()] == [("127.0.0.1", "deny")]


def test_nothing_that_follows_a_refused_request_reaches_a_server(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with admitted(opened) as client:
            client.socket.sendall(
                request("refused.example", 443) + request("127.0.0.1", server.port) + b"x"
            )
            assert client.rest() == refusal(2)
        assert server.clients == 0
        with admitted(opened) as client:
            assert asked(client, "127.0.0.1", server.port) == STANDS


def test_a_name_that_leads_to_an_address_out_of_reach_is_refused(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("rebound.example", names={"rebound.example": ("127.0.0.1",)})
        with admitted(opened) as client:
            assert asked(client, "rebound.example", server.port) == refusal(2)
        assert server.clients == 0
        assert [entry.verdict for entry in opened.done()] == ["deny"]


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.1", "it is not an IPv4 address of four decimal numbers"),
        ("127.0.0.1\0", "it holds white space, control or invisible characters"),
    ],
)
def test_a_target_in_two_readings_is_refused_and_noted(
    open_proxy: Open, host: str, reason: str
) -> None:
    opened = open_proxy("127.0.0.1")
    with admitted(opened) as client:
        assert asked(client, host, 80) == refusal(1)
    (done,) = opened.done()
    assert (done.host, done.verdict, done.reason) == (
        ascii(host)[1:-1],
        "deny",
        f"the target cannot be used: {reason}",
    )


@pytest.mark.parametrize(("command", "name"), [(2, "BIND"), (3, "UDP ASSOCIATE")])
def test_only_tunnels_are_offered(open_proxy: Open, command: int, name: str) -> None:
    opened = open_proxy("127.0.0.1")
    with admitted(opened) as client:
        assert asked(client, "127.0.0.1", 80, command) == refusal(7)
        assert client.rest() == b""
    (done,) = opened.done()
    assert (done.verdict, done.reason) == ("deny", f"{name} of SOCKS is not offered, only CONNECT")


def test_tls_through_socks_is_for_the_host_that_was_decided_on(open_proxy: Open) -> None:
    right, wrong = real_hello("localhost"), real_hello("other.example")
    with Served(echo) as server:
        opened = open_proxy("localhost")
        with admitted(opened) as client:
            assert asked(client, "localhost", server.port) == STANDS
            client.socket.sendall(right)
            assert client.exactly(len(right)) == right
        with admitted(opened) as client:
            assert asked(client, "localhost", server.port) == STANDS
            client.socket.sendall(wrong)
            assert client.rest() == b""
        done = [(entry.verdict, entry.reason, entry.bytes_up) for entry in opened.done()]
    assert done == [
        ("allow", "allowed by command line", len(right)),
        ("deny", "the TLS inside names other.example, not localhost", 0),
    ]


def test_a_server_that_refuses_is_told_so(open_proxy: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
    opened = open_proxy("127.0.0.1")
    with admitted(opened) as client:
        assert asked(client, "127.0.0.1", port) == refusal(5)
    assert [(entry.verdict, entry.reached) for entry in opened.done()] == [("allow", False)]


def test_a_server_that_does_not_answer_is_told_so(open_proxy: Open) -> None:
    opened = open_proxy("127.0.0.1", limits=EgressLimits(connect_seconds=0.0))
    with admitted(opened) as client:
        assert asked(client, "127.0.0.1", 9) == refusal(4)


def test_a_client_that_does_not_say_who_it_is_gets_nothing(open_proxy: Open) -> None:
    opened = open_proxy("127.0.0.1")
    with Served(echo) as server:
        ahead = request("127.0.0.1", server.port)
        with Client(opened.path, None) as client:
            client.socket.sendall(b"\5\1\0" + ahead)
            assert client.rest() == b"\5\xff"
        assert server.clients == 0
        with Client(opened.path, None) as client:
            client.socket.sendall(b"\5\2\0\2" + credentials(opened.credentials) + ahead)
            assert client.exactly(14) == b"\5\2" + b"\1\0" + STANDS


def test_credentials_that_are_not_an_open_call_s_open_nothing(open_proxy: Open) -> None:
    opened = open_proxy("127.0.0.1")
    dismissed = opened.proxy.admit("dismissed")
    token = opened.credentials.partition(":")[2]
    with admitted(opened, dismissed):
        pass
    opened.proxy.dismiss("dismissed")
    with Served(echo) as server:
        for text in (dismissed, "call:", "call:wrong", f"other:{token}", f"CALL:{token}", ":"):
            with Client(opened.path, None) as client:
                words = credentials(text) + request("127.0.0.1", server.port)
                client.socket.sendall(PASSWORD + words)
                assert client.rest() == b"\5\2" + b"\1\1"
        assert server.clients == 0


def test_a_call_s_end_cuts_its_connections(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with admitted(opened) as waiting, admitted(opened) as standing:
            assert asked(standing, "127.0.0.1", server.port) == STANDS
            opened.done()
            assert (waiting.rest(), standing.rest()) == (b"", b"")


def test_connections_of_both_languages_count_together(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", limits=EgressLimits(connections_per_call=2))
        with opened.client() as first, admitted(opened), Client(opened.path, None) as third:
            assert first.tunnel(server.authority).startswith(b"HTTP/1.1 200 ")
            third.socket.sendall(PASSWORD + credentials(opened.credentials))
            assert third.rest() == b"\5\2" + b"\1\1"


def test_connections_of_both_languages_are_accounted_together(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.tunnel(server.authority)
        with admitted(opened) as client:
            asked(client, "127.0.0.1", server.port)
        assert [entry.count for entry in opened.done()] == [2]


@pytest.mark.parametrize("sent", [b"\5", PASSWORD, PASSWORD + b"\1\4call"])
def test_a_conversation_that_stops_is_cut_off(open_proxy: Open, sent: bytes) -> None:
    brief = EgressLimits(head_seconds=0.2, farewell_seconds=0.2)
    with Client(open_proxy(limits=brief).path, None) as client:
        client.socket.sendall(sent)
        assert client.rest() in (b"", b"\5\2")


def test_http_does_not_become_socks_in_the_middle(open_proxy: Open) -> None:
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.until(b"hello").endswith(b"hello")
            words = (PASSWORD, credentials(opened.credentials), request("127.0.0.1", server.port))
            client.socket.sendall(b"".join(words) + b"\r\n\r\n")
            assert client.rest().startswith(b"HTTP/1.1 400 ")


def test_curl_goes_through_with_names_that_only_the_proxy_resolves(
    open_proxy: Open, tmp_path: Path
) -> None:
    require_program("curl")
    names = {"localhost": ("127.0.0.1",)}
    with Served(Recorded()) as server:
        opened = open_proxy("localhost", names=names)
        with relayed(opened.path) as port:
            ran = subprocess.run(
                ["curl", "-sS", f"http://localhost:{server.port}/",
                 "--proxy", f"socks5h://{opened.credentials}@127.0.0.1:{port}"],
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
                capture_output=True, check=False, timeout=60,
            )  # fmt: skip
        (done,) = opened.done()
    assert (ran.stdout, ran.returncode) == (b"hello", 0), ran.stderr
    assert (done.host, done.verdict) == ("localhost", "allow")
