"""What a `Channel` promises: everything, whole, apart, in order, in both directions."""

import contextlib
from threading import Thread

import pytest

from runner.interfaces import Stream
from tests.contract import programs
from tests.contract.lab import PATIENCE_SECONDS, Lab, pieces, read_until, streams

EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(programs.SPEAK, (b"out", b"err"), id="both"),
        pytest.param(programs.EXIT_7, (b"", b""), id="none"),
    ],
)
def test_nothing_is_lost_of_a_container_that_ends_at_once(
    lab: Lab, program: str, expected: tuple[bytes, bytes]
) -> None:
    _, channel = lab.started(program)

    assert streams(channel) == expected


def test_both_streams_come_apart_and_in_order(lab: Lab) -> None:
    _, channel = lab.started(programs.COUNT)

    numbers = range(programs.LINES)
    assert streams(channel) == (
        b"".join(b"o%d\n" % number for number in numbers),
        b"".join(b"e%d\n" % number for number in numbers),
    )


def test_big_output_comes_whole_in_pieces_of_at_most_64_kib(lab: Lab) -> None:
    _, channel = lab.started(programs.FLOOD)

    found = pieces(channel)

    assert max(len(data) for _, data in found) <= 64 * 1024
    assert b"".join(data for _, data in found) == b"0123456789abcde\n" * (programs.BIG // 16)


def test_big_output_of_a_terminal_comes_whole_in_pieces_of_at_most_64_kib(lab: Lab) -> None:
    _, channel = lab.started(programs.FLOOD, terminal=True)

    found = pieces(channel)

    assert max(len(data) for _, data in found) <= 64 * 1024
    assert b"".join(data for _, data in found) == b"0123456789abcde\r\n" * (programs.BIG // 16)


def test_every_byte_value_survives_both_directions(lab: Lab) -> None:
    _, channel = lab.started(programs.ECHO)

    channel.send(EVERY_BYTE)
    channel.close_input()

    assert streams(channel) == (EVERY_BYTE + b"end", b"")


def test_one_thread_may_send_while_another_receives(lab: Lab) -> None:
    _, channel = lab.started(programs.ECHO)
    data = EVERY_BYTE * (programs.BIG // 256)

    def send() -> None:
        channel.send(data)
        channel.close_input()

    sender = Thread(target=send)
    sender.start()
    output = streams(channel)
    sender.join()

    assert output == (data + b"end", b"")


def test_the_output_goes_on_when_the_input_is_closed(lab: Lab) -> None:
    _, channel = lab.started(programs.ECHO)

    channel.close_input()

    assert streams(channel) == (b"end", b"")


def test_the_end_of_both_streams_is_told_again_and_again(lab: Lab) -> None:
    _, channel = lab.started(programs.EXIT_7)
    pieces(channel)

    assert [channel.receive(1.0), channel.receive(None)] == [None, None]


@pytest.mark.parametrize("timeout_seconds", [0.0, 0.05])
def test_silence_is_a_time_out_and_loses_nothing(lab: Lab, timeout_seconds: float) -> None:
    _, channel = lab.started(programs.ECHO)

    with pytest.raises(TimeoutError):
        channel.receive(timeout_seconds)
    channel.send(b"late")
    channel.close_input()

    assert streams(channel) == (b"lateend", b"")


def test_sending_to_a_container_that_has_ended_is_a_broken_pipe(lab: Lab) -> None:
    container_id, channel = lab.started(programs.EXIT_7)
    pieces(channel)
    lab.engine.await_removed(container_id)

    with pytest.raises(BrokenPipeError):  # a socket may take a few before it knows
        for _ in range(100):
            channel.send(b"x" * 4096)


def test_a_terminal_has_one_stream_and_translates_line_ends(lab: Lab) -> None:
    _, channel = lab.started(programs.WAIT, terminal=True)
    said = read_until(channel, b"\n")

    channel.send(b"hello\r")

    found = pieces(channel)
    assert {stream for stream, _ in found} == {Stream.STDOUT}
    assert (said, b"".join(data for _, data in found)) == (b"ready\r\n", b"hello\r\n")


def test_a_terminal_merges_standard_error(lab: Lab) -> None:
    _, channel = lab.started(programs.SPEAK, terminal=True)

    assert streams(channel) == (b"outerr", b"")


def test_a_terminal_learns_its_size(lab: Lab) -> None:
    container_id, channel = lab.started(programs.SIZE, terminal=True)
    read_until(channel, b"ready")

    lab.engine.resize(container_id, 40, 123)
    channel.send(b"\r")

    assert b"40 123" in read_until(channel, b"123")


def test_closing_wakes_a_thread_that_sends_to_a_container_that_does_not_read(lab: Lab) -> None:
    _, channel = lab.started(programs.HANG)
    read_until(channel, b"ready")

    def send() -> None:
        with contextlib.suppress(BrokenPipeError):
            channel.send(b"x" * programs.BIG)

    sender = Thread(target=send, daemon=True)
    sender.start()
    sender.join(0.2)
    channel.close()
    sender.join(PATIENCE_SECONDS)

    assert not sender.is_alive()
