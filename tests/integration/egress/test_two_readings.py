"""Requests that two honest readers would read as two different things reach neither."""

from dataclasses import dataclass

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Recorded, Served, basic

END = b"0\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: other.example\r\n\r\n"
BODY = END + SMUGGLED
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Lenient:
    """A reader as servers and proxies have been, in one of the ways in which they differ."""

    believes_length: bool = False
    last_wins: bool = False
    ends_lines_at_line_feeds: bool = False
    unfolds: bool = True
    trims_names: bool = True

    def read(self, stream: bytes) -> list[tuple[bytes, bytes]]:
        """Path and host of every request in the stream."""
        seen = []
        while stream:
            head, _, stream = stream.partition(b"\r\n\r\n")
            headers = self._headers(head)
            seen.append((b"".join(head.split()[1:2]), headers.get(b"host", b"")))
            if b"transfer-encoding" in headers and not (
                self.believes_length and b"content-length" in headers
            ):
                _, _, stream = stream.partition(END)
            else:
                stream = stream[int(headers.get(b"content-length", b"0")) :]
        return seen

    def _headers(self, head: bytes) -> dict[bytes, bytes]:
        if self.ends_lines_at_line_feeds:
            head = head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if self.unfolds:
            head = head.replace(b"\r\n ", b" ")
        found: dict[bytes, bytes] = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.lstrip().partition(b":")
            name = (name.strip() if self.trims_names else name).lower()
            if self.last_wins or name not in found:
                found[name] = value.strip()
        return found


PLAIN = Lenient()
TWO_READINGS = {
    "length, then chunks": (LENGTH + CHUNKED, Lenient(believes_length=True)),
    "chunks, then length": (CHUNKED + LENGTH, Lenient(believes_length=True)),
    "chunks behind a space": (
        LENGTH + b"Transfer-Encoding : chunked\r\n",
        Lenient(trims_names=False),
    ),
    "chunks behind a fold": (LENGTH + b"X: y\r\n " + CHUNKED, Lenient(unfolds=False)),
    "chunks behind a line feed": (
        LENGTH + b"X: y\n" + CHUNKED,
        Lenient(ends_lines_at_line_feeds=True),
    ),
    "two lengths": (b"Content-Length: 0\r\n" + LENGTH, Lenient(last_wins=True)),
    "two hosts": (LENGTH + b"Host: other.example\r\n", Lenient(last_wins=True)),
}


@pytest.mark.parametrize(("headers", "other"), TWO_READINGS.values(), ids=TWO_READINGS)
def test_what_two_readers_would_read_differently_reaches_neither(
    open_proxy: Open, headers: bytes, other: Lenient
) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        head = f"POST http://{server.authority}/ HTTP/1.1\r\nHost: {server.authority}\r\n".encode()
        attack = head + basic(opened.credentials) + headers + b"\r\n" + BODY
        assert PLAIN.read(attack) != other.read(attack)  # that is how it would get through
        with opened.client() as client:
            client.socket.sendall(attack)
            answer = client.rest()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.count(b"HTTP/1.1") == 1
        assert server.clients == 0
    assert opened.done() == ()


@pytest.mark.parametrize(
    ("headers", "body"),
    [(LENGTH, BODY), (CHUNKED, b"%x\r\n%s\r\n" % (len(SMUGGLED), SMUGGLED) + END)],
    ids=["counted", "chunked"],
)
def test_what_both_read_alike_arrives_as_one_request(
    open_proxy: Open, headers: bytes, body: bytes
) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            url = f"POST http://{server.authority}/"
            client.request(url, server.authority, headers, body=body)
            assert client.until(b"hello").startswith(b"HTTP/1.1 200 ")
        (done,) = opened.done()
    assert done.count == 1
    assert origin.requests[0].endswith(body)


@pytest.mark.parametrize("host", ["127.0.0.2:{port}", "127.0.0.1:1", "127.0.0.1", "other.example"])
def test_a_host_header_cannot_direct_a_request_elsewhere(open_proxy: Open, host: str) -> None:
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1", "127.0.0.2", "other.example")
        with opened.client() as client:
            other = host.format(port=server.port)
            answer = client.request(f"GET http://{server.authority}/", other).rest()
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert server.clients == 0
        (done,) = opened.done()
        assert done.verdict == "deny"


def test_no_request_behind_a_refused_one_is_carried_out(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        allowed = f"GET http://{server.authority}/ HTTP/1.1\r\nHost: {server.authority}\r\n"
        behind = allowed.encode() + basic(opened.credentials) + b"\r\n"
        with opened.client() as client:
            client.request("GET http://refused.example/", "refused.example", body=behind)
            answer = client.rest()
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert answer.count(b"HTTP/1.1") == 1
        assert server.clients == 0
        with opened.client() as client:  # the same bytes, on their own, are
            client.socket.sendall(behind)
            assert client.until(b"hello").startswith(b"HTTP/1.1 200 ")


def test_no_body_of_a_refused_request_is_taken_for_a_request(open_proxy: Open) -> None:
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1")
        inside = f"GET http://{server.authority}/ HTTP/1.1\r\nHost: {server.authority}\r\n".encode()
        inside += basic(opened.credentials) + b"\r\n"
        length = b"Content-Length: %d\r\n" % len(inside)
        with opened.client() as client:
            client.request("POST http://refused.example/", "refused.example", length, body=inside)
            assert client.rest().count(b"HTTP/1.1") == 1
        assert server.clients == 0


@pytest.mark.parametrize(
    "body",
    [
        b"2\r\nokXX0\r\n\r\n" + SMUGGLED,  # CVE-2025-43859
        b"2\nok\n0\n\n" + SMUGGLED,
        b"0x2\r\nok\r\n0\r\n\r\n" + SMUGGLED,
        b"+2\r\nok\r\n0\r\n\r\n" + SMUGGLED,
        b"11111111111111111111111\r\nok" + SMUGGLED,
    ],
    ids=ascii,
)
def test_chunks_that_two_readers_would_read_differently_are_cut_off(
    open_proxy: Open, body: bytes
) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.request(f"POST http://{server.authority}/", server.authority, CHUNKED, body=body)
            assert client.rest() == b""
    assert b"smuggled" not in b"".join(origin.requests)
    assert not b"".join(origin.requests).endswith(END)


@pytest.mark.parametrize(
    "odd",
    [b"X: y\r\n z: w\r\n", b"X: y\nZ: w\r\n", b"X: y\r\nContent-Length: 5\r\n"],
    ids=["folded", "line feed", "a length twice"],
)
def test_an_answer_in_an_odd_spelling_is_written_anew(open_proxy: Open, odd: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + odd + b"Content-Length: 5\r\n\r\nhello"
    with Served(Recorded(answer)) as server, open_proxy("127.0.0.1").client() as client:
        client.request(f"GET http://{server.authority}/", server.authority)
        received = client.until(b"hello")
    head = received.partition(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r\n " not in head
    assert head.count(b"Content-Length: 5") == 1
