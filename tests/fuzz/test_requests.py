"""A request head is read in one way or refused, and what is sent on is what was decided on."""

from itertools import pairwise

import h11
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.names import NameRefused
from runner.egress.requests import (
    Asked,
    Head,
    RequestRefused,
    forwarded,
    interpret,
    parse_head,
    take_head,
)
from runner.egress.targets import HTTP_PORT, parse_authority, parse_url
from tests.fuzz.effort import patiently
from tests.fuzz.heads import anything, heads
from tests.fuzz.readers import read_by_h11, read_by_http_server, read_by_lines

MOST = 4096


def asked(data: bytes) -> tuple[bytes, Head, Asked] | None:
    """What a request asks for, or none; anything but a refusal is a failure."""
    try:
        raw = take_head(bytearray(data), MOST)
        if raw is None:
            return None
        head = parse_head(raw)
        return raw, head, interpret(head)
    except RequestRefused as refused:
        assert 400 <= refused.status < 600
        assert str(refused).isascii()
        return None


def test_a_careless_reader_is_smuggled_to_by_what_is_refused_here() -> None:
    data = (
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nX: y\nHost: example.org\r\n\r\n"
    )
    assert read_by_lines(data)[0].hosts == ("example.com", "example.org")
    assert asked(data) is None


@patiently
@given(anything)
def test_every_head_is_understood_or_refused(data: bytes) -> None:
    asked(data)


@patiently
@given(heads(), st.lists(st.integers(0, 300), max_size=4))
def test_a_head_in_pieces_is_the_same_head(data: bytes, cuts: list[int]) -> None:
    whole, buffer, found = asked(data), bytearray(), None
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    try:
        for start, end in pairwise(edges):
            buffer += data[start:end]
            if found is None:
                found = take_head(buffer, MOST)
    except RequestRefused:
        assert whole is None
    else:
        assert whole is None or found == whole[0]


@patiently
@given(heads())
def test_what_is_left_over_is_not_part_of_the_head(data: bytes) -> None:
    buffer = bytearray(data)
    try:
        head = take_head(buffer, MOST)
    except RequestRefused:
        return
    if head is not None:
        assert (head + bytes(buffer)).lstrip(b"\r\n") == data.lstrip(b"\r\n")
        assert head.count(b"\r\n\r\n") == 1
        assert head.count(b"\r") == head.count(b"\n") == head.count(b"\r\n")


@patiently
@given(heads())
def test_other_servers_read_the_same_request_or_refuse_it(data: bytes) -> None:
    if (found := asked(data)) is None:
        return
    raw, _, wanted = found
    mine = read_by_h11(raw)
    for read in (read_by_http_server, read_by_lines):
        if (theirs := read(raw)) is None:
            continue
        assert theirs[1] == b""
        assert (theirs[0].method, theirs[0].hosts) == (mine[0].method, mine[0].hosts)
        assert read_place(theirs[0].method, theirs[0].target) == wanted.target
        assert {parse_authority(host, HTTP_PORT).host for host in theirs[0].hosts} <= {
            wanted.target.host
        }
        lengths = {each.strip() for value in theirs[0].lengths for each in value.split(",")}
        assert len(lengths) + len(theirs[0].encodings) <= 1


def read_place(method: str, text: str) -> object:
    """Where a target leads."""
    try:
        return parse_authority(text) if method == "CONNECT" else parse_url(text)[0]
    except NameRefused:
        return None


@patiently
@given(heads())
def test_every_server_sees_the_request_that_was_decided_on(data: bytes) -> None:
    found = asked(data)
    if found is None or found[2].method == "CONNECT":
        return
    _, head, wanted = found
    sent = h11.Connection(h11.CLIENT).send(forwarded(head, wanted))
    assert sent is not None
    seen = [read(sent) for read in (read_by_http_server, read_by_lines, read_by_h11)]
    for each in seen:
        assert each is not None
        server, rest = each
        assert rest == b""
        assert server.method == wanted.method
        assert server.target.lstrip("/") == wanted.path.lstrip("/")
        assert [parse_authority(host, HTTP_PORT) for host in server.hosts] == [wanted.target]
        assert (server.lengths, server.encodings) == framing(head)


def framing(head: Head) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the body ends, as it was decided: by a length, by chunks, or at once."""
    length, coding = (head.value(name) for name in (b"content-length", b"transfer-encoding"))
    lengths = () if length is None else (str(int(length)),)
    return lengths, () if coding is None else ("chunked",)
