"""Standard input, output and error pass through: byte by byte, apart, and at once."""

import random
import subprocess

import pytest

from tests.end_to_end.command import EXECUTABLE, SandboxCommand, finished, read_until
from tests.end_to_end.engine import containers_of

pytestmark = pytest.mark.engine


def test_output_and_errors_come_apart(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--", "sh", "-c", "echo out; echo err >&2; printf o; printf e >&2")

    assert ran.outcome == (0, b"out\no", b"err\ne")


def test_every_byte_value_comes_through_unchanged(sandbox: SandboxCommand) -> None:
    every = bytes(range(256))
    script = "import sys; b = bytes(range(256)); sys.stdout.buffer.write(b); "
    script += "sys.stderr.buffer.write(b[::-1])"

    ran = sandbox("run", "--", "python3", "-c", script)

    assert ran.outcome == (0, every, every[::-1])


def test_arguments_come_through_unchanged(sandbox: SandboxCommand) -> None:
    words = [
        b"",
        b" a  b ",
        b"$HOME `id` \\n \\",
        b"'\"",
        b"a\nb\n",
        b"\xff\xfe",
        "ä€😀".encode(),
        b"-n",
    ]

    ran = sandbox("run", "--", "printf", r"%s\0", *words)

    assert ran.outcome == (0, b"".join(word + b"\0" for word in words), b"")


@pytest.mark.parametrize("size", [0, 1, 65536, 1024 * 1024])
def test_standard_input_reaches_the_command_whole(sandbox: SandboxCommand, size: int) -> None:
    data = random.Random(size).randbytes(size)

    ran = sandbox("run", "--", "cat", input=data)

    assert ran.outcome == (0, data, b"")


@pytest.mark.parametrize("flag", ["-i", "--interactive"])
def test_interactive_input_reaches_the_command(sandbox: SandboxCommand, flag: str) -> None:
    assert sandbox("run", flag, "--", "cat", input=b"hello\n").outcome == (0, b"hello\n", b"")


def test_input_that_is_not_read_does_not_hold_the_command_up(sandbox: SandboxCommand) -> None:
    assert sandbox("run", "--", "true", input=bytes(4 * 1024 * 1024)).outcome == (0, b"", b"")


def test_a_command_line_without_standard_input_runs(sandbox: SandboxCommand) -> None:
    process = subprocess.run(
        ["sh", "-c", 'exec "$0" run -- sh -c "cat; echo done" <&-', EXECUTABLE],
        cwd=sandbox.cwd,
        env=sandbox.environment,
        capture_output=True,
        check=False,
    )

    assert (process.returncode, process.stdout, process.stderr) == (0, b"done\n", b"")


def test_output_arrives_while_the_command_runs(sandbox: SandboxCommand) -> None:
    """The command waits for an answer to its first line: stored output would never come."""
    process = sandbox.started("run", "--", "sh", "-c", 'echo first; read -r x; echo "then $x"')

    assert read_until(process, b"\n") == b"first\n"
    assert process.stdin is not None
    process.stdin.write(b"second\n")

    assert finished(process).outcome == (0, b"then second\n", b"")


def test_half_a_line_arrives_while_the_command_runs(sandbox: SandboxCommand) -> None:
    process = sandbox.started("run", "--", "sh", "-c", 'printf "name? "; read -r x; echo "$x"')

    assert read_until(process, b"? ") == b"name? "
    assert process.stdin is not None
    process.stdin.write(b"me\n")

    assert finished(process).outcome == (0, b"me\n", b"")


def test_a_reader_that_goes_away_ends_the_command(sandbox: SandboxCommand) -> None:
    script = 'set -o pipefail; "$0" run -- yes | head -n 1; echo "${PIPESTATUS[0]}"'
    process = subprocess.run(
        ["bash", "-c", script, EXECUTABLE],
        cwd=sandbox.cwd,
        env=sandbox.environment,
        capture_output=True,
        check=False,
    )

    assert (process.returncode, process.stdout, process.stderr) == (0, b"y\n141\n", b"")


def test_a_reader_that_goes_away_leaves_nothing_running(sandbox: SandboxCommand) -> None:
    process = sandbox.started("run", "--", "yes")
    read_until(process, b"y\n")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None

    ran = finished(process)

    assert (ran.exit_code, ran.stderr) == (141, b"")
    assert containers_of(ran.pid) == []
