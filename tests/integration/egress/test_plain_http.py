"""Plain requests are forwarded as they were understood, one decision each."""

import socket
import threading

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served

OK = b"HTTP/1.1 200 OK\r\n"


def get(client: Client, authority: str, *headers: bytes, method: str = "GET") -> Client:
    return client.request(f"{method} http://{authority}/path?query", authority, *headers)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_request_reaches_the_server_without_what_is_the_proxys(
    open_proxy: Open, address: str
) -> None:
    origin = Recorded()
    with Served(origin, address) as server:
        opened = open_proxy(server.authority)
        with opened.client() as client:
            get(client, server.authority, b"Accept: */*\r\nProxy-Connection: Keep-Alive\r\n")
            assert client.until(b"hello") == OK + b"Content-Length: 5\r\n\r\nhello"
        (done,) = opened.done()
    request = f"GET /path?query HTTP/1.1\r\nHost: {server.authority}\r\n".encode()
    assert origin.requests == [request + b"Accept: */*\r\nConnection: close\r\n\r\n"]
    assert (done.host, done.bytes_up, done.bytes_down) == (address, len(origin.requests[0]), 43)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: 4\r\n", b"data"),
        (b"Transfer-Encoding: chunked\r\n", b"4\r\ndata\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"2;x=y\r\nda\r\n2\r\nta\r\n0\r\nX-Trailer: z\r\n\r\n"),
    ],
    ids=["counted", "chunked", "with trailer"],
)
def test_a_body_goes_with_its_request(open_proxy: Open, headers: bytes, body: bytes) -> None:
    origin = Recorded()
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        url = f"POST http://{server.authority}/"
        client.request(url, server.authority, headers, body=body)
        assert client.until(b"hello").startswith(OK)
    head, _, sent = origin.requests[0].partition(b"\r\n\r\n")
    assert headers.strip().lower() in head.lower()
    assert sent.replace(b"2\r\nda\r\n2\r\nta", b"4\r\ndata") == (
        b"data" if b"Length" in headers else b"4\r\ndata\r\n0\r\n\r\n"
    )


def test_a_body_that_comes_after_its_head_is_passed_on(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        url = f"PUT http://{server.authority}/"
        client.request(url, server.authority, b"Content-Length: 6\r\n")
        for piece in (b"ab", b"cd", b"ef"):
            client.socket.sendall(piece)
        assert client.until(b"hello").startswith(OK)
    assert origin.requests[0].endswith(b"\r\n\r\nabcdef")


def test_a_connection_serves_one_request_after_another_each_decided_on_its_own(
    open_proxy: Open,
) -> None:
    origin = Recorded()
    with Served(origin) as server, Served(origin, "127.0.0.2") as other:
        opened = open_proxy(server.authority, other.authority)
        with opened.client() as client:
            for authority in (server.authority, other.authority, server.authority):
                assert get(client, authority).until(b"hello").startswith(OK)
            refused = get(client, "example.com").rest()
            assert refused.startswith(b"HTTP/1.1 403 ")
    assert len(origin.requests) == 3


def test_requests_sent_at_once_are_answered_in_order(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        for path in ("1", "2", "3"):
            client.request(f"GET http://{server.authority}/{path}", server.authority)
        for _ in range(3):
            assert client.until(b"hello").startswith(OK)
    assert [request.split()[1] for request in origin.requests] == [b"/1", b"/2", b"/3"]


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"he", b"llo"], b"hello"),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", b"lo\r\n0\r\n\r\n"],
            b"5\r\nhello\r\n0\r\n\r\n",
        ),
        ([b"HTTP/1.0 200 OK\r\n\r\nhello"], b"5\r\nhello\r\n0\r\n\r\n"),
        ([b"HTTP/1.1 200 OK\r\n\r\nhello"], b"5\r\nhello\r\n0\r\n\r\n"),
    ],
    ids=["counted", "chunked", "until the end, 1.0", "until the end, 1.1"],
)
def test_a_response_ends_where_the_server_ended_it(
    open_proxy: Open, pieces: list[bytes], body: bytes
) -> None:
    with Served(Recorded(*pieces)) as server, open_proxy("127.0.0.1").client() as client:
        head = get(client, server.authority).until(b"\r\n\r\n")
        assert head.startswith(OK)
        received = client.exactly(5) if b"Content-Length" in head else client.until(b"0\r\n\r\n")
        # Pieces of a chunked body may be cut differently.
        assert received.replace(b"3\r\nhel\r\n2\r\nlo", b"5\r\nhello") == body
        assert get(client, server.authority).until(b"\r\n\r\n").startswith(OK)


def test_what_the_server_says_about_the_connection_stays_with_the_proxy(open_proxy: Open) -> None:
    origin = Recorded(
        b"HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        b"Proxy-Authenticate: Basic realm=trap\r\nUpgrade: h2c\r\nX-Kept: 1\r\n"
        b"Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"
    )
    with Served(origin) as server, open_proxy("127.0.0.1").client() as client:
        assert get(client, server.authority).until(b"\r\n\r\n") == (
            b"HTTP/1.1 200 Fine\r\nX-Kept: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
            b"Content-Length: 0\r\n\r\n"
        )


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ],
)
def test_a_response_without_a_body_does_not_wait_for_one(
    open_proxy: Open, method: str, head: bytes
) -> None:
    with Served(Recorded(head)) as server, open_proxy("127.0.0.1").client() as client:
        for _ in range(2):
            assert get(client, server.authority, method=method).until(b"\r\n\r\n") == head


def test_a_refused_head_request_is_answered_without_a_body(open_proxy: Open) -> None:
    with open_proxy().client() as client:
        answer = get(client, "example.com", method="HEAD").rest()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(open_proxy: Open) -> None:
    def serve(client: socket.socket) -> None:
        while not client.recv(65536).endswith(b"\r\n\r\n"):
            pass
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = client.recv(4)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body)

    with Served(serve) as server, open_proxy("127.0.0.1").client() as client:
        expect = b"Expect: 100-continue\r\nContent-Length: 4\r\n"
        client.request(f"POST http://{server.authority}/", server.authority, expect)
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.socket.sendall(b"data")
        assert client.until(b"data").startswith(OK)


def test_a_client_of_http_1_0_gets_its_answer_and_the_end(open_proxy: Open) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with Served(Recorded(chunked)) as server, open_proxy("127.0.0.1").client() as client:
        url = f"GET http://{server.authority}/ HTTP/1.0\r\n".encode()
        client.socket.sendall(url + client.proves + b"\r\n")
        assert client.rest() == OK + b"Connection: close\r\n\r\nhello"


def test_a_client_that_asks_for_the_end_gets_it(open_proxy: Open) -> None:
    with Served(Recorded()) as server, open_proxy("127.0.0.1").client() as client:
        get(client, server.authority, b"Connection: close\r\n")
        assert client.rest().endswith(b"\r\n\r\nhello")


def test_a_client_that_has_sent_everything_still_gets_its_answer(open_proxy: Open) -> None:
    with Served(Recorded()) as server, open_proxy("127.0.0.1").client() as client:
        get(client, server.authority).socket.shutdown(socket.SHUT_WR)
        assert client.rest().endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
    ],
    ids=["nothing", "no HTTP", "bad length", "two lengths", "unasked switch", "endless head"],
)
def test_a_server_that_does_not_answer_in_http_is_a_bad_gateway(
    open_proxy: Open, answer: bytes
) -> None:
    with Served(Recorded(answer)) as server, open_proxy("127.0.0.1").client() as client:
        assert get(client, server.authority).rest().startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n",
    ],
    ids=["counted", "chunked", "broken chunk"],
)
def test_a_response_that_breaks_off_does_not_look_complete(open_proxy: Open, answer: bytes) -> None:
    with Served(Recorded(answer)) as server, open_proxy("127.0.0.1").client() as client:
        received = get(client, server.authority).rest()
    assert b"hello" in received or not received
    assert not received.endswith(b"0\r\n\r\n")


def test_an_answer_before_the_body_is_sent_ends_the_connection(open_proxy: Open) -> None:
    def refuse_at_once(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        client.recv(1)

    with Served(refuse_at_once) as server, open_proxy("127.0.0.1").client() as client:
        url = f"POST http://{server.authority}/"
        client.request(url, server.authority, b"Content-Length: 1000000\r\n", body=b"x")
        assert client.rest().startswith(b"HTTP/1.1 413 ")


def test_a_large_response_to_a_slow_reader_arrives_whole(open_proxy: Open) -> None:
    size = 20 * 1024 * 1024
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    with Served(Recorded(head, bytes(size))) as server, open_proxy("127.0.0.1").client() as client:
        get(client, server.authority, b"Connection: close\r\n").until(b"\r\n\r\n")
        threading.Event().wait(0.3)  # let everything on the way fill up
        assert client.rest() == bytes(size)


def test_a_large_request_to_a_slow_server_arrives_whole(open_proxy: Open) -> None:
    size = 20 * 1024 * 1024

    def read_late(client: socket.socket) -> None:
        threading.Event().wait(0.3)
        received = 0
        while not received or received < size:
            received += len(client.recv(65536))
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with Served(read_late) as server, open_proxy("127.0.0.1").client() as client:
        length = b"Content-Length: %d\r\n" % size
        url = f"POST http://{server.authority}/"
        client.request(url, server.authority, length, body=bytes(size))
        assert client.until(b"\r\n\r\n").startswith(OK)
