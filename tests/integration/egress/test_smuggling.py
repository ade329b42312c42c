"""No request reaches a server that was not itself decided on."""

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Recorded, Served

SMUGGLED = b"GET http://smuggled.example/ HTTP/1.1\r\nHost: smuggled.example\r\n\r\n"
CHUNKED_END = b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", CHUNKED_END + SMUGGLED),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", CHUNKED_END + SMUGGLED),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", CHUNKED_END + SMUGGLED),
        (b"Transfer-Encoding: \x0bchunked\r\n", CHUNKED_END + SMUGGLED),
        (b"Transfer-Encoding:chunked\n\r\n", CHUNKED_END + SMUGGLED),
        (b"Transfer-Encoding : chunked\r\n", CHUNKED_END + SMUGGLED),
        (b"X: y\r\n Transfer-Encoding: chunked\r\n", CHUNKED_END + SMUGGLED),
        (b"Content-Length: 0\r\nContent-Length: 70\r\n", SMUGGLED),
        (b"Content-Length: 0, 70\r\n", SMUGGLED),
        (b"Content-Length: -1\r\n", SMUGGLED),
        (b"X: y\n\n", SMUGGLED),
        (b"X: y\rZ: w\r\n", SMUGGLED),
        (b"X: y\0\r\n", SMUGGLED),
        (b"Host: smuggled.example\r\n", b""),
    ],
    ids=ascii,
)
def test_a_request_with_two_readings_reaches_nobody(
    open_proxy: Open, headers: bytes, body: bytes
) -> None:
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            url = f"POST http://{server.authority}/"
            answer = client.request(url, server.authority, headers, body=body).rest()
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
        assert answer.count(b"HTTP/1.1") == 1
        assert server.clients == 0
    assert opened.done() == ()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED),
        (
            b"Transfer-Encoding: chunked\r\n",
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
        ),
    ],
    ids=["counted", "chunked"],
)
def test_a_request_inside_a_body_is_body(open_proxy: Open, headers: bytes, body: bytes) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            url = f"POST http://{server.authority}/"
            client.request(url, server.authority, headers, body=body)
            assert client.until(b"hello").startswith(b"HTTP/1.1 200 ")
        (done,) = opened.done()
    assert done.count == 1
    assert SMUGGLED in origin.requests[0]


def test_a_request_after_a_complete_one_is_decided_like_the_first(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            url = f"GET http://{server.authority}/"
            client.request(url, server.authority, body=SMUGGLED)
            assert client.until(b"hello").startswith(b"HTTP/1.1 200 ")
            # It does not even carry credentials.
            assert client.rest().startswith(b"HTTP/1.1 407 ")
    assert len(origin.requests) == 1
    assert b"smuggled" not in origin.requests[0]


@pytest.mark.parametrize("tail", [b"zz\r\n", b"5\r\nhello!!\r\n", b"-1\r\n"])
def test_a_body_that_cannot_be_framed_is_cut_off(open_proxy: Open, tail: bytes) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            url = f"POST http://{server.authority}/"
            chunked = b"Transfer-Encoding: chunked\r\n"
            client.request(url, server.authority, chunked, body=b"2\r\nok\r\n" + tail)
            assert client.rest() == b""
    assert not b"".join(origin.requests).endswith(CHUNKED_END)


def test_what_a_server_adds_to_its_answer_is_not_taken_for_the_next(open_proxy: Open) -> None:
    poison = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    with Served(Recorded(answer + poison)) as bad, Served(Recorded()) as good:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.request(f"GET http://{bad.authority}/", bad.authority)
            assert client.until(b"hello").endswith(b"hello")
            client.request(f"GET http://{good.authority}/", good.authority)
            assert client.until(b"hello") == answer
