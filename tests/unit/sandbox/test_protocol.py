"""Output and status come apart: nothing swallowed, no marker passed on, wherever it is split."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.sandbox.protocol import Call, OutputScanner, Status, StatusScanner, call_lines

NONCE = "0123456789abcdef0123456789abcdef"
OTHER = "fedcba9876543210fedcba9876543210"


def marker(nonce: str = NONCE, text: str = "7 1") -> bytes:
    return f"\x1e{nonce} {text}\x1e".encode()


def scanned(chunks: Iterable[bytes]) -> tuple[bytes, Status | None, bytes]:
    """What is passed on, the status, and what is still held back."""
    scanner = StatusScanner(NONCE)
    passed = b"".join(map(scanner.feed, chunks))
    return passed, scanner.status, scanner.rest()


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


def test_a_call_is_these_lines() -> None:
    call = Call(
        (b"printf", b"%s\n", b"\xc3\xa4\\", b""),
        {"A": b"1 2", "B": b"\t"},
        proxy="http://x@127.0.0.1:3128",
        forwards_input=True,
    )

    assert call_lines(call, NONCE) == (
        b"0123456789abcdef0123456789abcdef\nhttp://x@127.0.0.1:3128\nopen\n2\n6\n"
        b"A=1 2\nB=\\0011\nprintf\n%s\\0012\n\\0303\\0244\\0134\n\n"
    )


def test_a_call_without_anything_else_is_these_lines() -> None:
    assert call_lines(Call((b"true",)), "n") == b"n\n\nnone\n0\n1\ntrue\n"


@given(
    words=st.lists(st.binary(max_size=30), min_size=1),
    variables=st.dictionaries(st.from_regex(r"[A-Z]{1,5}", fullmatch=True), st.binary(max_size=30)),
)
def test_no_text_makes_a_line_of_its_own(words: list[bytes], variables: dict[str, bytes]) -> None:
    lines = call_lines(Call(words, variables), NONCE)

    assert lines.count(b"\n") == 5 + len(words) + len(variables)
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in lines)


OUTPUTS = {
    "nothing": b"",
    "text": b"some text\n",
    "every-byte": bytes(range(256)),
    "separators": b"\x1e\x1e\x1e",
    "begins-like-a-marker": b"x\x1e" + NONCE.encode()[:20],
    "ends-like-a-marker": b"x\x1e" + NONCE.encode(),
    "another-nonce": b"a" + marker(OTHER) + b"b",
    "no-separator-before": marker()[1:],
    "no-blank-after": b"\x1e" + NONCE.encode() + b"7 1\x1e",
    "big": b"0123456789\x1e" * 30_000,
}


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_output_and_status_come_apart(output: bytes) -> None:
    assert scanned([output + marker()]) == (output, Status(7, 1), b"")


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_output_without_a_status_is_never_swallowed(output: bytes) -> None:
    passed, status, rest = scanned([output])

    assert (passed + rest, status) == (output, None)


SHORT = b"ab\x1e" + marker(OTHER) + b"\x1e\x1e" + NONCE.encode() + marker()
SHORT_OUTPUT = SHORT.removesuffix(marker())


@pytest.mark.parametrize("at", range(len(SHORT) + 1))
def test_a_status_is_found_split_at_every_byte(at: int) -> None:
    assert scanned([SHORT[:at], SHORT[at:]]) == (SHORT_OUTPUT, Status(7, 1), b"")


def test_a_status_is_found_byte_by_byte() -> None:
    assert scanned(bytes((byte,)) for byte in SHORT) == (SHORT_OUTPUT, Status(7, 1), b"")


PARTS = st.sampled_from(
    [b"\x1e", NONCE.encode(), marker(OTHER), marker()[:-1][:34], b" 7 1", b"text", b"\n", b"\xff"]
)
WILD = st.lists(PARTS | st.binary(max_size=8), max_size=12).map(b"".join)


@given(output=WILD, places=st.lists(st.integers(0, 500), max_size=10))
def test_output_and_status_come_apart_however_they_are_split(
    output: bytes, places: list[int]
) -> None:
    if (b"\x1e" + NONCE.encode() + b" ") in output:
        return  # whoever knows the nonce may lie; see below
    assert scanned(cut(output + marker(), places)) == (output, Status(7, 1), b"")


@given(output=WILD, places=st.lists(st.integers(0, 500), max_size=10))
def test_no_more_is_held_back_than_might_begin_a_status(output: bytes, places: list[int]) -> None:
    scanner = StatusScanner(NONCE)
    fed, passed = b"", b""
    for chunk in cut(output, places):
        fed += chunk
        passed += scanner.feed(chunk)
        if scanner.status is not None:
            return
        held = fed[len(passed) :]
        assert fed.startswith(passed)
        assert len(held) < 64
        assert not held or (marker()[:34].startswith(held) or held.startswith(marker()[:34]))


def test_what_comes_after_the_status_is_not_the_commands() -> None:
    scanner = StatusScanner(NONCE)

    assert [scanner.feed(b"out" + marker() + b"late"), scanner.feed(b"later")] == [b"out", b""]
    assert (scanner.status, scanner.rest()) == (Status(7, 1), b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0 0", Status(0, 0), id="done"),
        pytest.param("255 12", Status(255, 12), id="highest"),
        pytest.param("256 0", Status(0, 0), id="too-high"),
        pytest.param("-1 0", Status(125, 0), id="negative"),
        pytest.param("0", Status(125, 0), id="half"),
        pytest.param("", Status(125, 0), id="empty"),
        pytest.param("a b", Status(125, 0), id="text"),
        pytest.param("0 0 0", Status(125, 0), id="too-much"),
        pytest.param("²  0", Status(125, 0), id="odd-digits"),
        pytest.param("0" * 100 + " 0", Status(125, 0), id="too-long"),
    ],
)
def test_whoever_knows_the_nonce_may_lie_but_not_do_harm(text: str, expected: Status) -> None:
    assert scanned([b"out", marker(text=text)]) == (b"out", expected, b"")


def test_a_status_without_end_is_not_waited_for() -> None:
    passed, status, _ = scanned([b"out\x1e" + NONCE.encode() + b" " + b"9" * 1000])

    assert (passed, status) == (b"out", Status(125, 0))


def test_the_status_counts_when_it_has_come_on_every_stream() -> None:
    scanner = OutputScanner(NONCE)

    output = scanner.feed(1, b"out" + marker(text="3 0"))
    before = scanner.status
    errors = scanner.feed(2, b"err" + marker(text="3 0"))

    assert (output, before, errors, scanner.status) == (b"out", None, b"err", Status(3, 0))


def test_a_terminal_has_one_stream() -> None:
    scanner = OutputScanner(NONCE, streams=1)

    assert (scanner.feed(1, b"out" + marker()), scanner.status) == (b"out", Status(7, 1))


def test_what_streams_hold_back_at_their_end_is_given_in_order() -> None:
    scanner = OutputScanner(NONCE)
    scanner.feed(1, b"a" + marker()[:5])
    scanner.feed(2, b"b" + marker()[:9])

    assert scanner.rest() == (marker()[:5], marker()[:9])
    assert scanner.rest() == (b"", b"")
