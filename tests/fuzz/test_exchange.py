"""Whatever a client sends after its head, the server gets one request, whole or not at all."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runner.egress.budget import Meter, Pot
from runner.egress.exchange import Ending, Exchange
from runner.egress.requests import interpret, parse_head
from tests.fuzz.effort import patiently
from tests.fuzz.readers import read_by_h11, read_by_lines

HEAD = b"POST http://example.com/ HTTP/1.1\r\nHost: example.com\r\n"
NEXT = b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n"

_chunks = st.lists(
    st.one_of(
        st.sampled_from(
            [b"5\r\nhello\r\n", b"5;x=y\r\nhello\r\n", b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n"]
        ),
        st.sampled_from(
            [b"5\nhello\n", b"5 \r\nhello\r\n", b"0x5\r\nhello\r\n", b"-1\r\n", b"+5\r\n"]
        ),
        st.sampled_from(
            [b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", NEXT]
        ),
        st.binary(max_size=12),
    ),
    max_size=6,
).map(b"".join)


class Transport(asyncio.Transport):
    """Takes what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        """Nothing to cut."""

    def pause_reading(self) -> None:
        """Nothing to pause."""

    def resume_reading(self) -> None:
        """Nothing to resume."""


def carried(framing: bytes, body: bytes, cuts: list[int]) -> tuple[bytes, Exchange, list[Ending]]:
    """What the server gets of a request whose body arrives in pieces."""
    head = parse_head(HEAD + framing + b"\r\n\r\n")
    server, endings = Transport(), list[Ending]()
    exchange = Exchange(
        head, interpret(head), Transport(), lambda ending, _: endings.append(ending)
    )
    exchange.connection_made(server)
    exchange.begin(server, b"", Meter(Pot(None), Pot(None)))
    edges = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    for start, end in pairwise(edges):
        if not endings and not exchange.request_complete and start < end:
            exchange.from_client(body[start:end])
    return bytes(server.written), exchange, endings


_cuts = st.lists(st.integers(0, 60), max_size=4)


@patiently
@given(st.integers(0, 20), st.binary(max_size=30) | st.just(NEXT), _cuts)
def test_a_counted_body_is_as_long_as_it_said(length: int, body: bytes, cuts: list[int]) -> None:
    sent, exchange, _ = carried(b"Content-Length: %d" % length, body, cuts)
    seen, rest = read_by_lines(sent)
    assert (seen.lengths, seen.encodings) == ((str(length),), ())
    assert rest == body[:length]
    assert exchange.request_complete == (len(body) >= length)


@patiently
@given(_chunks, _cuts)
def test_a_chunked_body_is_written_anew(body: bytes, cuts: list[int]) -> None:
    sent, exchange, endings = carried(b"Transfer-Encoding: chunked", body, cuts)
    seen, rest = read_by_lines(sent)
    assert (seen.lengths, seen.encodings) == ((), ("chunked",))
    assert strictly_unchunked(rest) == (exchange.request_complete and not endings)
    assert read_by_h11(sent)[0] == seen


def strictly_unchunked(data: bytes) -> bool:
    """Read chunks as strictly as can be, to the end; whether the last one came."""
    while data:
        size, _, data = data.partition(b"\r\n")
        assert size == b"%x" % int(size, 16)
        length = int(size, 16)
        assert data[length : length + 2] == b"\r\n"
        data = data[length + 2 :]
        if length == 0:
            assert data == b""
            return True
    return False
