"""A tunnel to an allowed host carries TLS for that host and no other."""

import socket
import ssl
import threading

import pytest

from runner.egress.limits import EgressLimits
from tests.integration.egress.conftest import Open, Opened
from tests.integration.egress.world import Served, echo
from tests.unit.egress.hellos import hello, name_entry, read_by_openssl, real_hello, server_name

OTHER = real_hello("other.example")
RIGHT = real_hello("localhost")
BRIEF = EgressLimits(hello_seconds=0.2)


class Heard:
    """A server that keeps what it hears and says nothing, or one thing at the start."""

    def __init__(self, greeting: bytes = b"") -> None:
        self._greeting = greeting
        self.bytes = b""
        self.ended = threading.Event()

    def __call__(self, client: socket.socket) -> None:
        """Listen to one client."""
        client.sendall(self._greeting)
        try:
            while data := client.recv(65536):
                self.bytes += data
        finally:
            self.ended.set()


def strict_port(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Have a port treated as 443, to which only root could bind."""
    monkeypatch.setattr("runner.egress.threshold.HTTPS_PORT", port)


def say(opened: Opened, authority: str, *pieces: bytes, early: bytes = b"") -> bytes:
    """Send that through a new tunnel; returns what comes back until it ends."""
    with opened.client() as client:
        assert client.tunnel(authority, early).startswith(b"HTTP/1.1 200 ")
        for piece in pieces:
            client.socket.sendall(piece)
        client.socket.shutdown(socket.SHUT_WR)
        return client.rest()


def told(opened: Opened) -> list[tuple[str, str, int]]:
    """Verdict, reason and bytes sent, of everything the call did."""
    return [(done.verdict, done.reason, done.bytes_up) for done in opened.done()]


def test_tls_for_another_host_would_pass_and_is_cut(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Heard()
    opened = open_proxy("localhost")
    with Served(control) as server, monkeypatch.context() as without:
        without.setattr("runner.egress.threshold.check_name", lambda *_: None)
        say(opened, f"localhost:{server.port}", OTHER)
        assert control.ended.wait(20)
    assert read_by_openssl(control.bytes) == ["other.example"]
    assert told(opened) == [("allow", "allowed by command line", len(OTHER))]

    guarded = Heard()
    with Served(guarded) as server:
        again = Opened(opened.proxy, opened.path, opened.proxy.admit("call"))
        assert say(again, f"localhost:{server.port}", OTHER) == b""
        assert guarded.ended.wait(20)
    assert guarded.bytes == b""
    assert told(again) == [("deny", "the TLS inside names other.example, not localhost", 0)]


def vhost(client: socket.socket) -> None:
    """A TLS server without a certificate; answers with the name it was called by, then echoes."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    context.sni_callback = lambda _, name, __: names.append(name)
    with context.wrap_socket(client, server_side=True) as inside:
        inside.sendall(f"{names[0]}:".encode())
        while data := inside.recv(65536):
            inside.sendall(data)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_speaks_tls_to_the_host_it_asked_for(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("AECDH-AES128-SHA:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with Served(vhost) as server:
        strict_port(monkeypatch, server.port)
        opened = open_proxy("localhost", "127.0.0.1")
        with opened.client() as client:
            client.tunnel(f"{host}:{server.port}")
            with context.wrap_socket(client.socket, server_hostname=host) as inside:
                expected = b"localhost:" if host == "localhost" else b"None:"
                assert inside.recv(100) == expected
                inside.sendall(b"hello")
                assert inside.recv(100) == b"hello"
        assert [done.verdict for done in opened.done()] == ["allow"]


@pytest.mark.parametrize("strict", [True, False], ids=["port 443", "another port"])
@pytest.mark.parametrize(
    "pieces",
    [(RIGHT,), (RIGHT[:1], RIGHT[1:]), tuple(RIGHT[at : at + 1] for at in range(len(RIGHT)))],
    ids=["at once", "in two", "byte by byte"],
)
def test_a_hello_arrives_as_it_was_sent_with_what_follows(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...], strict: bool
) -> None:
    opened = open_proxy("localhost")
    with Served(echo) as server:
        if strict:
            strict_port(monkeypatch, server.port)
        assert say(opened, f"localhost:{server.port}", *pieces, b"more") == RIGHT + b"more"
    assert told(opened) == [("allow", "allowed by command line", len(RIGHT) + 4)]


def test_a_hello_sent_before_the_tunnel_stands_is_looked_at_too(open_proxy: Open) -> None:
    opened = open_proxy("localhost")
    with Served(echo) as server:
        assert say(opened, f"localhost:{server.port}", early=RIGHT) == RIGHT
        assert say(opened, f"localhost:{server.port}", early=OTHER) == b""
    assert [verdict for verdict, _, _ in told(opened)] == ["allow", "deny"]


NOT_FOR_443 = {
    "SSH": (b"SSH-2.0-x\r\n", "what is inside is not TLS, as it must be for port 443"),
    "HTTP": (b"GET / HTTP/1.1\r\n\r\n", "what is inside is not TLS, as it must be for port 443"),
    "the hello of version 2": (
        b"\x80\x2e\x01\x03\x01",
        "what is inside is not TLS, as it must be for port 443",
    ),
}
NOT_ANYWHERE = {
    "another record": (b"\x16\x03\x03\0\1\2", "the TLS inside cannot be read"),
    "no name": (real_hello(None), "the TLS inside names no host, and should name localhost"),
    "two names": (
        hello(server_name(name_entry(b"localhost"), name_entry(b"other.example"))),
        "the TLS inside names more than one host",
    ),
    "half a hello": (RIGHT[:-1], "the TLS inside breaks off in its hello"),
    "a hello without end": (
        b"\x16\x03\x01\x40\0\1\0\xff\xff" + bytes(16380) + b"\x16\x03\x01\x40\0" + bytes(16384),
        "the TLS inside begins with too long a hello",
    ),
}


@pytest.mark.parametrize(
    ("said", "reason"), (NOT_FOR_443 | NOT_ANYWHERE).values(), ids=NOT_FOR_443 | NOT_ANYWHERE
)
def test_what_is_no_tls_for_the_host_does_not_get_to_port_443(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch, said: bytes, reason: str
) -> None:
    heard = Heard()
    opened = open_proxy("localhost")
    with Served(heard) as server:
        strict_port(monkeypatch, server.port)
        assert say(opened, f"localhost:{server.port}", said) == b""
        assert heard.ended.wait(20)
    assert heard.bytes == b""
    assert told(opened) == [("deny", reason, 0)]


@pytest.mark.parametrize(("said", "reason"), NOT_ANYWHERE.values(), ids=NOT_ANYWHERE)
def test_nor_does_it_get_to_another_port_when_it_begins_as_tls(
    open_proxy: Open, said: bytes, reason: str
) -> None:
    heard = Heard()
    opened = open_proxy("localhost")
    with Served(heard) as server:
        assert say(opened, f"localhost:{server.port}", said) == b""
        assert heard.ended.wait(20)
    assert heard.bytes == b""
    assert told(opened) == [("deny", reason, 0)]


@pytest.mark.parametrize(("said", "reason"), NOT_FOR_443.values(), ids=NOT_FOR_443)
def test_other_protocols_get_to_other_ports(open_proxy: Open, said: bytes, reason: str) -> None:
    opened = open_proxy("localhost")
    with Served(echo) as server:
        assert say(opened, f"localhost:{server.port}", said) == said
    assert told(opened) == [("allow", "allowed by command line", len(said))]


def test_an_address_is_not_to_be_named(open_proxy: Open) -> None:
    opened = open_proxy("127.0.0.1")
    nameless = real_hello(None)
    with Served(echo) as server:
        assert say(opened, server.authority, nameless) == nameless
        assert say(opened, server.authority, RIGHT) == b""
    assert told(opened) == [
        ("allow", "allowed by command line", len(nameless)),
        ("deny", "the TLS inside names localhost, not 127.0.0.1", 0),
    ]


def test_the_server_may_speak_first_on_every_port(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(b"220 ready\r\n")
    opened = open_proxy("localhost")
    with Served(heard) as server:
        strict_port(monkeypatch, server.port)
        with opened.client() as client:
            client.tunnel(f"localhost:{server.port}")
            assert client.exactly(11) == b"220 ready\r\n"
            client.socket.sendall(b"EHLO x\r\n")
            assert client.rest() == b""
        assert heard.ended.wait(20)
    assert heard.bytes == b""
    (done,) = opened.done()
    assert (done.verdict, done.bytes_up, done.bytes_down) == ("deny", 0, 11)


def test_a_hello_that_does_not_come_whole_in_time_is_cut_off(open_proxy: Open) -> None:
    opened = open_proxy("localhost", limits=BRIEF)
    with Served(echo) as server, opened.client() as client:
        client.tunnel(f"localhost:{server.port}")
        client.socket.sendall(RIGHT[:100])
        assert client.rest() == b""
    assert told(opened) == [("deny", "the TLS inside has no whole hello after 0.2 seconds", 0)]


def test_a_hello_that_trickles_is_cut_off(open_proxy: Open) -> None:
    with Served(echo) as server, open_proxy("localhost", limits=BRIEF).client() as client:
        client.tunnel(f"localhost:{server.port}")
        client.socket.settimeout(0.05)
        for byte in RIGHT[:200]:
            try:
                client.socket.sendall(bytes((byte,)))
                assert client.socket.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                pass
            break
        else:
            pytest.fail("it was let go on")


def test_silence_towards_port_443_is_ended_and_no_offence(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_proxy("localhost", limits=BRIEF)
    with Served(echo) as server:
        strict_port(monkeypatch, server.port)
        with opened.client() as client:
            client.tunnel(f"localhost:{server.port}")
            assert client.rest() == b""
    assert told(opened) == [("allow", "allowed by command line", 0)]


def test_a_tunnel_whose_hello_was_whole_may_be_silent(open_proxy: Open) -> None:
    with Served(echo) as server, open_proxy("localhost", limits=BRIEF).client() as client:
        client.tunnel(f"localhost:{server.port}")
        client.socket.sendall(RIGHT)
        assert client.exactly(len(RIGHT)) == RIGHT
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        client.socket.sendall(b"still here")
        assert client.exactly(10) == b"still here"


def test_a_client_that_does_not_read_stops_the_server_before_its_hello_too(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    with Served(pour) as server:
        strict_port(monkeypatch, server.port)
        with open_proxy("localhost").client() as client:
            client.tunnel(f"localhost:{server.port}")
            assert stalled.wait(20)
            assert sent < 50 * 1024 * 1024


def test_a_client_that_leaves_before_its_hello_lets_the_server_go(
    open_proxy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    with Served(heard) as server:
        strict_port(monkeypatch, server.port)
        opened = open_proxy("localhost")
        with opened.client() as client:
            client.tunnel(f"localhost:{server.port}")
        assert heard.ended.wait(20)
        with opened.client() as client:
            client.tunnel(f"localhost:{server.port}")
            client.socket.sendall(RIGHT[:50])
            assert opened.done()[0].bytes_up == 0
            assert client.rest() == b""


def test_what_follows_a_refused_hello_is_not_read_as_a_request(open_proxy: Open) -> None:
    heard = Heard()
    with Served(heard) as server:
        opened = open_proxy("localhost")
        request = f"GET http://localhost:{server.port}/ HTTP/1.1\r\n".encode()
        with opened.client() as client:
            request += client.proves + b"\r\n"
            client.tunnel(f"localhost:{server.port}", early=OTHER + request)
            assert client.rest() == b""
        assert heard.ended.wait(20)
        assert (server.clients, heard.bytes) == (1, b"")
