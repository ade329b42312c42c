"""`sandbox run` ends with the command's own exit code, or says by a code what ended it."""

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.engine import containers_of

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("code", [0, 1, 2, 3, 5, 124, 125, 126, 127, 130, 137, 255])
def test_a_commands_own_exit_code_is_passed_through(sandbox: SandboxCommand, code: int) -> None:
    ran = sandbox("run", "--", "sh", "-c", f"exit {code}")

    assert ran.outcome == (code, b"", b"")


@pytest.mark.parametrize(
    ("signal", "code"), [("INT", 130), ("KILL", 137), ("SEGV", 139), ("TERM", 143)]
)
def test_a_command_that_dies_of_a_signal_ends_as_in_a_shell(
    sandbox: SandboxCommand, signal: str, code: int
) -> None:
    ran = sandbox("run", "--", "sh", "-c", f"kill -s {signal} $$")

    assert (ran.exit_code, ran.stdout) == (code, b"")


@pytest.mark.parametrize(
    ("program", "code"),
    [
        pytest.param("/etc/hostname", 126, id="not executable"),
        pytest.param("/workspace", 126, id="a folder"),
        pytest.param("no-such-program", 127, id="not there"),
        pytest.param("/no/such/program", 127, id="path that is not there"),
    ],
)
def test_a_program_that_cannot_be_run_ends_as_in_a_shell(
    sandbox: SandboxCommand, program: str, code: int
) -> None:
    ran = sandbox("run", "--", program)

    assert (ran.exit_code, ran.stdout) == (code, b"")
    assert program in ran.stderr.decode()


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("sleep 600", id="sleeps"),
        pytest.param("trap '' INT TERM HUP; while :; do :; done", id="ignores signals"),
        pytest.param("yes", id="never stops writing"),
        pytest.param("setsid sh -c 'sleep 600' & wait", id="in another session"),
    ],
)
def test_the_time_limit_ends_with_124_and_says_so(sandbox: SandboxCommand, command: str) -> None:
    ran = sandbox("run", "--timeout", "0.3", "--", "sh", "-c", command)

    assert (ran.exit_code, ran.said) == (
        124,
        "sandbox: the time limit (--timeout) passed; the command was killed.",
    )
    assert containers_of(ran.pid) == []


def test_a_command_within_the_time_limit_ends_as_it_does(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--timeout", "100", "--", "sh", "-c", "exit 3")

    assert ran.outcome == (3, b"", b"")


ALLOCATE = "print(len(bytearray(256 * 1024 * 1024)))"


def test_the_memory_limit_ends_with_137_and_says_so(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--memory", "64m", "--", "python3", "-c", ALLOCATE)

    assert (ran.exit_code, ran.stdout) == (137, b"")
    assert ran.said.endswith("the memory limit (--memory) was reached; a process was killed.")


def test_a_command_within_the_memory_limit_ends_as_it_does(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--memory", "512m", "--", "python3", "-c", ALLOCATE)

    assert ran.outcome == (0, b"268435456\n", b"")
