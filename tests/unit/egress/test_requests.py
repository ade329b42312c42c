"""A head is read in one way or not at all, and written anew for the server."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.requests import (
    RequestRefused,
    end_to_end,
    forwarded,
    interpret,
    parse_head,
    take_head,
)

GET = b"GET http://example.com/x HTTP/1.1\r\nHost: example.com\r\n"


def test_a_head_is_cut_off_where_it_ends() -> None:
    buffer = bytearray(GET + b"\r\nbody")
    assert take_head(buffer, 1000) == GET + b"\r\n"
    assert buffer == b"body"


@pytest.mark.parametrize("size", range(1, len(GET) + 2))
def test_a_head_in_pieces_is_waited_for(size: int) -> None:
    buffer = bytearray((GET + b"\r\n")[:size])
    assert take_head(buffer, 1000) is None
    buffer += (GET + b"\r\n")[size:]
    assert take_head(buffer, 1000) == GET + b"\r\n"


def test_empty_lines_before_a_request_are_skipped() -> None:
    assert take_head(bytearray(b"\r\n\r\n" + GET + b"\r\n"), 1000) == GET + b"\r\n"


@pytest.mark.parametrize(
    "head",
    [
        GET.replace(b"\r\n", b"\n") + b"\n",
        GET + b"X: y\n\r\n",
        GET + b"X: y\n\n",
        GET + b"X: y\rZ: w\r\n\r\n",
        GET + b"X: y\0\r\n\r\n",
        GET + b"X: y\r\n folded\r\n\r\n",
        GET + b"X: y\r\n\tfolded\r\n\r\n",
        b"GET http://example.com/x HTTP/1.1\r\n Host: example.com\r\n\r\n",
        GET + b"X: y\r\r\n\r\n",
    ],
    ids=ascii,
)
def test_line_ends_that_two_parsers_may_read_differently_are_refused(head: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        take_head(bytearray(head), 1000)
    assert refused.value.status == 400


def test_a_bare_line_feed_is_refused_before_the_head_is_complete() -> None:
    with pytest.raises(RequestRefused):
        take_head(bytearray(b"GET http://example.com/ HTTP/1.1\nHost"), 1000)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["endless", "complete"])
def test_a_head_may_not_be_too_long(end: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        take_head(bytearray(GET + b"X: " + b"y" * 1000 + end), 1000)
    assert refused.value.status == 431


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
            ("example.com:443", "CONNECT", ""),
        ),
        (
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
            ("example.com:443", "CONNECT", ""),
        ),
        (b"CONNECT example.com:443 HTTP/1.0\r\n\r\n", ("example.com:443", "CONNECT", "")),
        (
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n",
            ("example.com:443", "CONNECT", ""),
        ),
        (
            b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
            ("[::1]:443", "CONNECT", ""),
        ),
        (GET + b"\r\n", ("example.com:80", "GET", "/x")),
        (
            b"POST http://EXAMPLE.com:8080/?q HTTP/1.1\r\nHost: example.com:8080\r\n\r\n",
            ("example.com:8080", "POST", "/?q"),
        ),
        (b"GET http://example.com/ HTTP/1.0\r\n\r\n", ("example.com:80", "GET", "/")),
        (
            b"GET http://example.com/ HTTP/1.1\r\nHost: EXAMPLE.COM.:80\r\n\r\n",
            ("example.com:80", "GET", "/"),
        ),
    ],
    ids=ascii,
)
def test_a_request_asks_for_one_place(head: bytes, expected: tuple[str, str, str]) -> None:
    asked = interpret(parse_head(head))
    assert (str(asked.target), asked.method, asked.path) == expected


H = b"\r\nHost: example.com\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1" + H,
        b"GET * HTTP/1.1" + H,
        b"OPTIONS * HTTP/1.1" + H,
        b"GET //example.com/ HTTP/1.1" + H,
        b"GET https://example.com/ HTTP/1.1" + H,
        b"GET ftp://example.com/ HTTP/1.1" + H,
        b"GET example.com:443 HTTP/1.1" + H,
        b"connect example.com:443 HTTP/1.1" + H,
        b"CONNECT / HTTP/1.1" + H,
        b"CONNECT example.com HTTP/1.1" + H,
        b"CONNECT http://example.com/ HTTP/1.1" + H,
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: evil.example:443\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:80\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost:\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\n",
        b"CONNECT example.com:443 HTTP/1.1" + H + b"Content-Length: 0\r\n",
        b"CONNECT example.com:443 HTTP/1.1" + H + b"Transfer-Encoding: chunked\r\n",
        b"GET http://example.com/ HTTP/1.1\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: evil.example\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com:8080\r\n",
        b"GET http://example.com:8080/ HTTP/1.1\r\nHost: example.com\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nHost: evil.example\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nHost: example.com\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com, evil.example\r\n",
        b"GET http://user@example.com/ HTTP/1.1" + H,
        b"GET http://example.com/#x HTTP/1.1" + H,
        b"GET http://example.com/ HTTP/2.0" + H,
        b"GET http://example.com/ HTTP/1.1 " + H,
        b"GET  http://example.com/ HTTP/1.1" + H,
        b"GET\thttp://example.com/\tHTTP/1.1" + H,
        b"GET http://example.com/\xc3\xbc HTTP/1.1" + H,
        b"GET http://example.com/" + H,
        GET + b"Host : evil.example\r\n",
        GET + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        GET + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        GET + b"Content-Length: 3\r\nContent-Length: 4\r\n",
        GET + b"Content-Length: 3, 4\r\n",
        GET + b"Content-Length: +3\r\n",
        GET + b"Content-Length: 0x3\r\n",
        GET + b"Content-Length: 010\r\n",
        GET + b"Content-Length: 00\r\n",
        GET + b"Content-Length: 3 3\r\n",
        GET + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        GET + b"Transfer-Encoding: chunked, identity\r\n",
        GET + b"Transfer-Encoding: xchunked\r\n",
        GET + b"Transfer-Encoding : chunked\r\n",
        b"POST http://example.com/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=ascii,
)
def test_a_request_that_could_mean_two_things_is_refused(head: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        interpret(parse_head(head + b"\r\n"))
    assert 400 <= refused.value.status <= 505
    assert str(refused.value).isascii()


def rewritten(head: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    parsed = parse_head(head)
    request = forwarded(parsed, interpret(parsed))
    return request.target, request.headers.raw_items()


def test_a_request_is_written_anew_without_what_was_meant_for_the_proxy() -> None:
    target, headers = rewritten(
        b"GET http://EXAMPLE.com:8080/a?b HTTP/1.1\r\nhost: example.com.:8080\r\n"
        b"Proxy-Authorization: Basic c2VjcmV0\r\nProxy-Connection: keep-alive\r\n"
        b"Proxy-Anything: x\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\n"
        b"X-Hop: 1\r\nTE: trailers\r\nTrailer: X-T\r\nUpgrade: websocket\r\n"
        b"Accept: */*\r\nX-Kept: 1\r\nX-Kept: 2\r\n\r\n"
    )
    assert target == b"/a?b"
    assert headers == [
        (b"Host", b"example.com:8080"),
        (b"Accept", b"*/*"),
        (b"X-Kept", b"1"),
        (b"X-Kept", b"2"),
        (b"Connection", b"close"),
    ]


def test_a_length_that_is_refused_has_two_readings() -> None:
    strtol = ctypes.CDLL(None).strtol
    assert (int("010"), strtol(b"010", None, 0)) == (10, 8)
    assert (int("10"), strtol(b"10", None, 0)) == (10, 10)


@pytest.mark.parametrize("length", [b"0", b"10", b"100"])
def test_a_plain_length_is_forwarded_as_it_is(length: bytes) -> None:
    _, headers = rewritten(GET + b"Content-Length: " + length + b"\r\n\r\n")
    assert (b"Content-Length", length) in headers


def test_what_frames_or_directs_a_request_cannot_be_struck_out_by_a_connection_header() -> None:
    _, headers = rewritten(
        b"POST http://example.com/ HTTP/1.1\r\nHost: example.com\r\nContent-Length: 3\r\n"
        b"Authorization: Bearer x\r\n"
        b"Connection: close, Host, content-length, authorization\r\n\r\n"
    )
    assert dict(headers) == {
        b"Host": b"example.com",
        b"Content-Length": b"3",
        b"Authorization": b"Bearer x",
        b"Connection": b"close",
    }


def test_a_chunked_body_stays_chunked() -> None:
    head = parse_head(GET + b"Transfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n\r\n")
    assert (b"Transfer-Encoding", b"chunked") in end_to_end(head.request)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (b"http://example.com/", b"example.com"),
        (b"http://example.com:80/", b"example.com"),
        (b"http://example.com:81/", b"example.com:81"),
        (b"http://[::1]/", b"[::1]"),
        (b"http://[::1]:81/", b"[::1]:81"),
    ],
)
def test_the_server_is_told_the_host_that_was_decided(url: bytes, host: bytes) -> None:
    authority = url[len(b"http://") : -1]
    _, headers = rewritten(b"GET " + url + b" HTTP/1.1\r\nHost: " + authority + b"\r\n\r\n")
    assert headers[0] == (b"Host", host)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: GET + tail + b"\r\n\r\n"))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    try:
        head = take_head(bytearray(data), 200)
        if head is not None:
            interpret(parse_head(head))
    except RequestRefused:
        pass
