"""Which commands and variables can be sent, and what is said of the others."""

from collections.abc import Sequence

import pytest

from runner.errors import CommandRefused
from runner.sandbox.command import LONGEST, as_shown, checked_command, checked_environment


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param(["true"], (b"true",), id="one-word"),
        pytest.param(("a b", "", "*", "\n"), (b"a b", b"", b"*", b"\n"), id="odd-words"),
        pytest.param([b"\xff\xfe", "ä"], (b"\xff\xfe", b"\xc3\xa4"), id="bytes"),
        pytest.param(["cat", "\udcff.txt"], (b"cat", b"\xff.txt"), id="surrogate-escapes"),
        pytest.param(["ls", "-l", "--"], (b"ls", b"-l", b"--"), id="options"),
        pytest.param(["./-x"], (b"./-x",), id="a-path-to-a-dash"),
        pytest.param(["x" * (LONGEST - 2)], (b"x" * (LONGEST - 2),), id="longest"),
        pytest.param(["x", *["y"] * 65_534], (b"x", *[b"y"] * 65_534), id="most"),
    ],
)
def test_a_command_becomes_bytes(argv: Sequence[str | bytes], expected: tuple[bytes, ...]) -> None:
    assert checked_command(argv) == expected


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        pytest.param([], "no command", id="empty"),
        pytest.param([""], "no command", id="empty-word"),
        pytest.param([b"", b"x"], "no command", id="empty-program"),
        pytest.param("ls -l", "one string", id="a-string"),
        pytest.param(b"ls", "one string", id="a-byte-string"),
        pytest.param(["ls", "a\0b"], "NUL byte", id="nul"),
        pytest.param([b"\0"], "NUL byte", id="nul-alone"),
        pytest.param(["-rm"], "option", id="an-option"),
        pytest.param(["--", "ls"], "option", id="end-of-options"),
        pytest.param(["ls", "\ud800"], "UTF-16", id="half-a-pair"),
        pytest.param(["x" * (LONGEST - 1)], "131,072 bytes long", id="too-long"),
        pytest.param(["x", *["y"] * 65_535], "131,072 bytes long", id="too-many"),
    ],
)
def test_a_command_that_cannot_be_sent_is_refused(argv: Sequence[str | bytes], says: str) -> None:
    with pytest.raises(CommandRefused, match=says) as caught:
        checked_command(argv)

    assert caught.value.fix


def test_variables_become_bytes() -> None:
    variables = {"A": "b c\n", "_x1": "", "E": "ä\udcff"}

    assert checked_environment(variables) == {"A": b"b c\n", "_x1": b"", "E": b"\xc3\xa4\xff"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "Ä", "A\n", "a.b", "A\0", "$A"])
def test_a_name_that_no_shell_exports_is_refused(name: str) -> None:
    with pytest.raises(CommandRefused, match="is not the name of an environment variable"):
        checked_environment({name: "x"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("a\0b", "NUL byte", id="nul"),
        pytest.param("\ud800", "UTF-16", id="half-a-pair"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused(text: str, says: str) -> None:
    with pytest.raises(CommandRefused, match=says) as caught:
        checked_environment({"A": text})

    assert caught.value.fix


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param((b"pytest", b"-q", b"a/b.py"), "pytest -q a/b.py", id="plain"),
        pytest.param((b"sh", b"-c", b"a && b"), "sh -c 'a && b'", id="quoted"),
        pytest.param((b"echo", b""), "echo ''", id="empty"),
        pytest.param((b"echo", b"\x1b[2J\r\n"), "echo '\\x1b[2J\\r\\n'", id="control"),
        pytest.param((b"echo", "\u202e".encode()), "echo '\\u202e'", id="bidirectional"),
        pytest.param((b"x" * 500,), "x" * 197 + "...", id="long"),
    ],
)
def test_a_command_is_shown_on_one_short_line(words: tuple[bytes, ...], shown: str) -> None:
    assert as_shown(words) == shown
