"""Frames of the engine's stream come apart rightly, wherever the connection splits them."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.engines.docker_channel import DockerChannel
from runner.interfaces import Stream

Piece = tuple[Stream, bytes]


def frame(stream: Stream, data: bytes) -> bytes:
    """As Docker's API says: the stream, three zeros, the length, the data."""
    return bytes((stream.value, 0, 0, 0)) + len(data).to_bytes(4, "big") + data


@contextmanager
def connected(
    first: bytes, *, terminal: bool = False
) -> Iterator[tuple[DockerChannel, socket.socket]]:
    ours, engines = socket.socketpair()
    with engines:
        channel = DockerChannel(ours, first, terminal=terminal)
        try:
            yield channel, engines
        finally:
            channel.close()


def available(channel: DockerChannel) -> list[Piece]:
    """What comes without waiting."""
    found: list[Piece] = []
    try:
        while (piece := channel.receive(0.0)) is not None:
            found.append(piece)
    except TimeoutError:
        return found
    return found


def received(chunks: Sequence[bytes], *, terminal: bool = False) -> list[Piece]:
    """What is received when the connection brings exactly these chunks, one by one."""
    first, *later = chunks
    with connected(first, terminal=terminal) as (channel, engine):
        found = available(channel)
        for chunk in later:
            engine.sendall(chunk)
            found += available(channel)
        engine.close()
        return found + available(channel)


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one stream as one piece."""
    result: list[Piece] = []
    for stream, data in pieces:
        if result and result[-1][0] is stream:
            result[-1] = (stream, result[-1][1] + data)
        elif data:
            result.append((stream, data))
    return result


SAID = [(Stream.STDOUT, b"out\x01\x00\x00\x00"), (Stream.STDERR, b"e"), (Stream.STDOUT, b"\x02")]
WIRE = b"".join(frame(*piece) for piece in SAID)


@pytest.mark.parametrize("at", range(len(WIRE) + 1))
def test_frames_come_apart_split_at_every_byte(at: int) -> None:
    assert joined(received([WIRE[:at], WIRE[at:]])) == SAID


def test_frames_come_apart_byte_by_byte() -> None:
    assert joined(received([WIRE[at : at + 1] for at in range(len(WIRE))])) == SAID


@given(
    said=st.lists(st.tuples(st.sampled_from(Stream), st.binary(max_size=40)), max_size=8),
    cuts=st.lists(st.integers(min_value=0, max_value=400), max_size=6),
)
def test_frames_come_apart_however_they_are_split(said: list[Piece], cuts: list[int]) -> None:
    wire = b"".join(frame(*piece) for piece in said)
    ends = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    chunks = [wire[start:end] for start, end in pairwise(ends)]

    assert joined(received(chunks)) == joined(said)


@given(chunks=st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_a_terminal_has_no_frames(chunks: list[bytes]) -> None:
    assert joined(received(chunks, terminal=True)) == joined([(Stream.STDOUT, b"".join(chunks))])


@pytest.mark.parametrize("terminal", [False, True])
def test_pieces_are_at_most_64_kib(terminal: bool) -> None:
    data = bytes(range(256)) * 800
    wire = data if terminal else frame(Stream.STDOUT, data)

    found = received([wire], terminal=terminal)

    assert joined(found) == [(Stream.STDOUT, data)]
    assert max(len(piece) for _, piece in found) <= 64 * 1024


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(frame(Stream.STDOUT, b"cut")[:4], id="in-a-header"),
        pytest.param(frame(Stream.STDOUT, b""), id="an-empty-frame"),
    ],
)
def test_the_end_is_none(wire: bytes) -> None:
    assert received([wire]) == []


def test_what_is_left_of_a_frame_cut_short_is_passed_on() -> None:
    assert joined(received([frame(Stream.STDERR, b"cut short")[:-6]])) == [(Stream.STDERR, b"cut")]


def test_silence_is_a_time_out() -> None:
    with connected(b"") as (channel, _), pytest.raises(TimeoutError):
        channel.receive(0.01)


def test_what_is_sent_arrives_and_ends() -> None:
    with connected(b"") as (channel, engine):
        channel.send(b"to the engine")
        channel.close_input()

        assert [engine.recv(100), engine.recv(100)] == [b"to the engine", b""]


def test_sending_to_nobody_is_a_broken_pipe() -> None:
    with connected(b"") as (channel, engine):
        engine.close()

        with pytest.raises(BrokenPipeError):
            channel.send(b"x")


def test_ending_the_input_of_what_is_gone_is_fine() -> None:
    with connected(b"") as (channel, engine):
        engine.close()
        channel.close_input()

        assert channel.receive(None) is None


def test_closing_lets_go_of_the_connection() -> None:
    with connected(b"") as (channel, engine):
        channel.close()

        assert engine.recv(1) == b""
