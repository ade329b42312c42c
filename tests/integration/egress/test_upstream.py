"""Through a proxy above ours: by name, after judging what can be judged, and quietly."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from runner.egress.limits import EgressLimits
from runner.egress.names import Address
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.egress.upstream import from_setting
from tests.integration.egress.conftest import Opened
from tests.integration.egress.world import Recorded, Served, echo

PUBLIC = "93.184.215.14"
STANDS = b"HTTP/1.1 200 Connection established\r\n\r\n"
NAMES = {
    "public.example": (PUBLIC,),
    "both.example": ("192.88.98.1", "127.0.0.1"),
    "inside.example": ("127.0.0.1",),
    "metadata.example": ("169.254.169.254",),
    "localhost": ("127.0.0.1",),
}


class Above:
    """An upstream proxy: keeps the head of each request, answers, and plays the server behind."""

    def __init__(
        self, answer: bytes = STANDS, server: Callable[[socket.socket], None] = echo
    ) -> None:
        self._answer = answer
        self._server = server
        self.heads: list[bytes] = []

    def __call__(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (data := client.recv(1)):
            head += data
        self.heads.append(head)
        client.sendall(self._answer)
        self._server(client)


Open = Callable[..., Opened]


@pytest.fixture
def open_below(tmp_path: Path) -> Iterator[Open]:
    """Opens a proxy below another one: its port, allowed and denied hosts, and `NO_PROXY`."""
    with ExitStack() as stack:
        over = threading.Event()
        stack.callback(over.set)

        def resolve(name: str) -> tuple[Address, ...]:
            if name == "silent.example":
                over.wait()
            if name not in NAMES:
                raise OSError("no such name")
            return tuple(map(ip_address, NAMES[name]))

        def opening(
            port: int, *allowed: str, denied: tuple[str, ...] = (), no_proxy: str = ""
        ) -> Opened:
            rules = EgressRules.from_sources(
                [(text, COMMAND_LINE) for text in allowed],
                [(text, COMMAND_LINE) for text in denied],
            )
            url = f"http://user:secret@127.0.0.1:{port}"
            upstream = from_setting(url, "s.json:1", {"no_proxy": no_proxy})
            tmp_path.chmod(0o700)
            path = tmp_path / "egress.sock"
            limits = EgressLimits(connect_seconds=5)
            proxy = EgressProxy(path, rules, limits=limits, resolve=resolve, upstream=upstream)
            return Opened(stack.enter_context(proxy), path, proxy.admit("call"))

        yield opening


@pytest.mark.parametrize("name", ["public.example", "unknown.example", "silent.example"])
def test_a_name_goes_up_with_the_credentials_of_the_proxy_above(
    open_below: Open, name: str
) -> None:
    with Served(above := Above()) as upstream:
        opened = open_below(upstream.port, name)
        with opened.client() as client:
            assert b" 200 " in client.tunnel(f"{name}:5222", early=b"early,")
            client.socket.sendall(b"late")
            assert client.exactly(10) == b"early,late"
    (head,) = above.heads
    assert head.startswith(f"CONNECT {name}:5222 HTTP/1.1\r\n".encode())
    assert f"\r\nhost: {name}:5222\r\n".encode() in head.lower()
    assert b"\r\nproxy-authorization: basic dxnlcjpzzwnyzxq=\r\n" in head.lower()
    assert opened.credentials.encode() not in head


def test_a_plain_request_goes_up_in_a_tunnel_too(open_below: Open) -> None:
    with Served(above := Above(server=Recorded())) as upstream:
        opened = open_below(upstream.port, "public.example")
        with opened.client() as client:
            client.request("GET http://public.example/a", "public.example")
            assert client.until(b"hello").endswith(b"\r\n\r\nhello")
    assert above.heads[0].startswith(b"CONNECT public.example:80 HTTP/1.1\r\n")


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
def test_what_the_server_says_first_is_not_lost(open_below: Open, interim: bytes) -> None:
    above = Above(interim + b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nSSH-2.0-greeting\r\n")
    with Served(above) as upstream:
        opened = open_below(upstream.port, "public.example")
        with opened.client() as client:
            assert b" 200 " in client.tunnel("public.example:22")
            assert client.exactly(18) == b"SSH-2.0-greeting\r\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_known_to_be_near_is_dialled_directly(open_below: Open, host: str) -> None:
    with Served(Above()) as upstream, Served(echo) as server:
        opened = open_below(upstream.port, host)
        with opened.client() as client:
            assert b" 200 " in client.tunnel(f"{host}:{server.port}", early=b"x")
            assert client.exactly(1) == b"x"
        assert (server.clients, upstream.clients) == (1, 0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("inside.example", b"loopback"),
        ("both.example", b"loopback"),
        ("metadata.example", b"metadata"),
        ("public.example", b"denied address"),
        ("other.example", b""),
    ],
)
def test_what_may_not_be_contacted_is_not_asked_of_the_proxy_above(
    open_below: Open, name: str, reason: bytes
) -> None:
    names = ("inside.example", "both.example", "metadata.example", "public.example")
    with Served(Above()) as upstream:
        # The control: the proxy above would make every one of these tunnels.
        with socket.create_connection(("127.0.0.1", upstream.port)) as control:
            control.sendall(f"CONNECT {name}:5222 HTTP/1.1\r\n\r\n".encode())
            assert control.recv(len(STANDS)) == STANDS
        opened = open_below(upstream.port, *names, denied=(PUBLIC,))
        with opened.client() as client:
            client.request(f"CONNECT {name}:5222", f"{name}:5222")
            answer = client.rest()
        assert b" 403 " in answer
        assert reason in answer
        assert upstream.clients == 1


def test_what_is_exempt_is_not_asked_of_the_proxy_above(open_below: Open) -> None:
    with Served(Above()) as upstream:
        opened = open_below(upstream.port, "unknown.example", no_proxy=".example")
        with opened.client() as client:
            client.request("CONNECT unknown.example:5222", "unknown.example:5222")
            assert b"cannot be resolved" in client.rest()
        assert upstream.clients == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 407 user:secret\r\nContent-Length: 0\r\n\r\n", b"other credentials (407)"),
        (b"HTTP/1.1 403 <hostile>\r\nContent-Length: 0\r\n\r\n", b"refuses it (403)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n", b"refuses it (302)"),
        (b"SSH-2.0-nothing\r\n\r\n", b"not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 32768, b"not valid HTTP"),
        (b"", b"upstream proxy"),
    ],
    ids=["credentials", "refusal", "redirect", "no http", "endless", "nothing"],
)
def test_no_tunnel_from_above_is_a_server_not_reached(
    open_below: Open, answer: bytes, reason: bytes
) -> None:
    def hang_up(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)

    with Served(Above(answer, hang_up)) as upstream:
        opened = open_below(upstream.port, "public.example")
        with opened.client() as client:
            client.request("CONNECT public.example:5222", "public.example:5222", body=b"early")
            told = client.rest()
    assert b" 502 " in told
    assert reason in told
    (connection,) = opened.done()
    shown = told.decode() + repr(connection)
    assert not any(word in shown for word in ("secret", "dXNlc", "hostile", "evil"))


def test_a_proxy_above_that_is_not_there_is_said_to_be_missing(open_below: Open) -> None:
    with Served(echo) as gone:
        port = gone.port
    opened = open_below(port, "public.example")
    with opened.client() as client:
        client.request("CONNECT public.example:5222", "public.example:5222")
        assert b"the upstream proxy cannot be reached: connection refused" in client.rest()
