"""What is kept of a command's output, and how hostile text is shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.calls import Connection
from runner.interfaces import Stream
from runner.sandbox.result import MARKER, Capture, Ending, Output, Result, Summary
from runner.workspace.set_aside import SetAside


def captured(pieces: list[bytes], limit: int) -> tuple[bytes, bool]:
    capture = Capture(limit)
    for piece in pieces:
        capture.write(Stream.STDOUT, piece)
    return bytes(capture.output(Stream.STDOUT)), capture.truncated


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param(11, (b"0123456789", False), id="more-than-enough"),
        pytest.param(10, (b"0123456789", False), id="just-enough"),
        pytest.param(9, (b"0123\n[... 1 bytes left out ...]\n56789", True), id="one-too-few"),
        pytest.param(4, (b"01\n[... 6 bytes left out ...]\n89", True), id="few"),
        pytest.param(1, (b"\n[... 9 bytes left out ...]\n9", True), id="one"),
        pytest.param(0, (b"\n[... 10 bytes left out ...]\n", True), id="none"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 10])
def test_head_and_tail_are_kept(limit: int, expected: tuple[bytes, bool], size: int) -> None:
    output = b"0123456789"
    pieces = [output[start : start + size] for start in range(0, len(output), size)]

    assert captured(pieces, limit) == expected


@given(pieces=st.lists(st.binary(max_size=20), max_size=20), limit=st.integers(0, 60))
def test_head_and_tail_are_those_of_the_whole(pieces: list[bytes], limit: int) -> None:
    output = b"".join(pieces)
    head, tail = limit // 2, limit - limit // 2
    left_out = len(output) - limit
    shortened = output[:head] + MARKER % max(left_out, 1) + output[len(output) - tail :]

    assert captured(pieces, limit) == ((output, False) if left_out <= 0 else (shortened, True))


def test_each_stream_has_its_own_room() -> None:
    capture = Capture(4)
    capture.write(Stream.STDOUT, b"out!")
    capture.write(Stream.STDERR, b"err!")

    assert (capture.output(Stream.STDOUT), capture.output(Stream.STDERR)) == (b"out!", b"err!")
    assert not capture.truncated


def test_reading_what_is_kept_changes_nothing() -> None:
    capture = Capture(4)
    capture.write(Stream.STDOUT, b"0123456789")
    first = capture.output(Stream.STDOUT)
    capture.write(Stream.STDOUT, b"ab")

    assert first == b"01\n[... 6 bytes left out ...]\n89"
    assert capture.output(Stream.STDOUT) == b"01\n[... 8 bytes left out ...]\nab"


@pytest.mark.parametrize(
    ("data", "text", "shown"),
    [
        pytest.param(b"a\tb\n", "a\tb\n", "a\tb\n", id="plain"),
        pytest.param("grün 🙂".encode(), "grün 🙂", "grün 🙂", id="utf-8"),
        pytest.param(b"\x1b[2J", "\x1b[2J", "\\x1b[2J", id="terminal-escape"),
        pytest.param(b"a\rb\x08\x07", "a\rb\x08\x07", "a\\rb\\x08\\x07", id="overwriting"),
        pytest.param(b"\xc2\x9b31m", "\x9b31m", "\\x9b31m", id="eight-bit-escape"),
        pytest.param(
            "\u202egpj.exe".encode(), "\u202egpj.exe", "\\u202egpj.exe", id="right-to-left"
        ),
        pytest.param("a\u2028b\u200b".encode(), "a\u2028b\u200b", "a\\u2028b\\u200b", id="unseen"),
        pytest.param(b"\xff\xc3", "\ufffd\ufffd", "\ufffd\ufffd", id="not-utf-8"),
        pytest.param(b"\0", "\0", "\\x00", id="nul"),
    ],
)
def test_hostile_text_is_shown_without_effect(data: bytes, text: str, shown: str) -> None:
    assert (Output(data).text(), Output(data).shown()) == (text, shown)


@given(data=st.binary())
def test_nothing_shown_can_steer_a_terminal(data: bytes) -> None:
    assert all(c.isprintable() or c in "\n\t" for c in Output(data).shown())


RESULT = Result(
    Summary(
        call_id="1a2b-1",
        ending=Ending(137, oom_killed=True),
        duration_ms=12.345,
        egress=(
            Connection("packages.example.com", 443, "allow", rule="packages.example.com"),
            Connection("evil.example", 80, "deny", reason="no rule", remedy="none"),
        ),
        changed=("a.txt",),
        set_aside=(SetAside(".git/hooks/x", "kept/x", put_back="mv kept/x .git/hooks/x"),),
        altered=(".git/config",),
    ),
    stdout=Output(b"out\xff"),
    stderr=Output(b""),
    truncated=True,
)


def test_the_json_object_is_this() -> None:
    assert json.loads(json.dumps(RESULT.as_json())) == {
        "call_id": "1a2b-1",
        "exit_code": 137,
        "stdout": "out\ufffd",
        "stderr": "",
        "truncated": True,
        "timed_out": False,
        "oom_killed": True,
        "duration_ms": 12.3,
        "egress": [
            {
                "host": "packages.example.com",
                "port": 443,
                "verdict": "allow",
                "rule": "packages.example.com",
            },
            {"host": "evil.example", "port": 80, "verdict": "deny", "rule": ""},
        ],
        "changed": ["a.txt"],
        "set_aside": [
            {"path": ".git/hooks/x", "moved_to": "kept/x", "put_back": "mv kept/x .git/hooks/x"}
        ],
        "altered": [".git/config"],
    }
