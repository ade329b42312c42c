"""What is said to the user: on standard error, in 80 columns, without effect on the terminal."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from runner.cli.messages import say, say_error, say_usage_error, shown

Captured = pytest.CaptureFixture[str]


def test_one_sentence_goes_to_standard_error_under_our_name(capsys: Captured) -> None:
    say("the time limit passed.")

    assert capsys.readouterr() == ("", "sandbox: the time limit passed.\n")


def test_a_long_sentence_is_wrapped(capsys: Captured) -> None:
    say("word " * 40)

    lines = capsys.readouterr().err.splitlines()
    assert [len(line) <= 79 for line in lines] == [True, True, True]
    assert lines[0].startswith("sandbox: word")
    assert [line[:6] for line in lines[1:]] == ["  word", "  word"]


def test_what_has_to_be_copied_is_never_broken(capsys: Captured) -> None:
    path = "/home/me/" + "a-long-name/" * 12
    say(f"Remove it: rm -r {path}")

    assert path in capsys.readouterr().err.split()


@given(text=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=400))
def test_lines_are_longer_than_79_only_for_one_word(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda said, file: lines.extend(said.splitlines()))
        say(text)

    assert [line for line in lines if len(line) > 79 and len(line.split()) > 2] == []


def test_an_error_is_what_happened_and_what_to_do(capsys: Captured) -> None:
    say_error("There is no image.", "Build it.")
    say_error("It ended.", "")

    assert capsys.readouterr().err == (
        "sandbox: There is no image.\nsandbox: Build it.\nsandbox: It ended.\n"
    )


def test_a_message_cannot_steer_the_terminal(capsys: Captured) -> None:
    say_error("no file \x1b[2Jx\n", "see \u202e\r")

    assert capsys.readouterr().err == ("sandbox: no file \\x1b[2Jx\\n\nsandbox: see \\u202e\\r\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain ä 🙂", "plain ä 🙂", id="plain"),
        pytest.param("a\nb\tc", "a\\nb\\tc", id="line-end"),
        pytest.param("\x1b]0;title\x07", "\\x1b]0;title\\x07", id="escape"),
        pytest.param("\x9b31m\x7f\0", "\\x9b31m\\x7f\\x00", id="control"),
        pytest.param("file\udcff", "file\\udcff", id="surrogate"),
    ],
)
def test_control_characters_are_spelled_out(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_wrong_usage_is_said_without_the_usage_block(capsys: Captured) -> None:
    from runner.cli.app import app

    with pytest.raises(typer.TyperException) as caught:
        app(["gc", "--nosuch"], prog_name="sandbox", standalone_mode=False)
    say_usage_error(caught.value)

    said = " ".join(capsys.readouterr().err.split())
    assert "--nosuch" in said
    assert "sandbox COMMAND --help" in said
    assert "Usage:" not in said
