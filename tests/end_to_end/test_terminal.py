"""`sandbox run -it`: a real terminal, as if the command ran in the user's own."""

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.engine import containers_of, running_after
from tests.end_to_end.pseudo_terminal import at_a_terminal

pytestmark = pytest.mark.engine


def test_the_command_has_a_terminal_of_the_windows_size(sandbox: SandboxCommand) -> None:
    script = 'test -t 0 && test -t 1 && test -t 2 && stty size && echo "$TERM"'

    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", script, rows=33, columns=101) as me:
        assert me.sees(b"256color\r\n") == b"33 101\r\nxterm-256color\r\n"
        assert me.exit_code() == 0


def test_without_t_the_command_has_no_terminal(sandbox: SandboxCommand) -> None:
    script = "test -t 1 || echo no terminal"

    with at_a_terminal(sandbox, "run", "--", "sh", "-c", script) as me:
        assert me.sees(b"\n") == b"no terminal\r\n"
        assert me.exit_code() == 0


def test_what_is_typed_is_echoed_and_reaches_the_command(sandbox: SandboxCommand) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", "echo ready; cat") as me:
        me.sees(b"ready\r\n")
        me.type(b"hello\r")
        assert me.sees(b"hello\r\nhello\r\n") == b"hello\r\nhello\r\n"
        me.type(b"\x04")
        assert me.exit_code() == 0


def test_keys_typed_too_early_are_not_lost(sandbox: SandboxCommand) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", 'read -r x; echo "got $x"') as me:
        me.type(b"early\n")
        me.sees(b"got early\r\n")
        assert me.exit_code() == 0


@pytest.mark.parametrize("code", [0, 3, 125])
def test_the_exit_code_is_passed_through(sandbox: SandboxCommand, code: int) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", f"exit {code}") as me:
        assert me.exit_code() == code
        assert containers_of(me.process.pid) == []


def test_ctrl_c_reaches_the_command_as_a_key(sandbox: SandboxCommand) -> None:
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"

    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", script) as me:
        me.sees(b"ready\r\n")
        me.type(b"\x03")
        me.sees(b"caught\r\n")
        assert me.exit_code() == 9


def test_ctrl_c_ends_a_command_that_does_not_handle_it(sandbox: SandboxCommand) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", "echo ready; sleep 600") as me:
        me.sees(b"ready\r\n")
        me.type(b"\x03")
        assert me.exit_code() == 130


def test_ctrl_c_reaches_a_command_without_a_terminal_of_its_own(sandbox: SandboxCommand) -> None:
    script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done"

    with at_a_terminal(sandbox, "run", "--", "sh", "-c", script) as me:
        me.sees(b"ready\r\n")
        me.type(b"\x03")
        me.sees(b"caught\r\n")
        assert me.exit_code() == 9


def test_a_new_window_size_reaches_the_command(sandbox: SandboxCommand) -> None:
    script = "trap 'stty size; exit 7' WINCH; stty size; echo ready; while :; do sleep 0.1; done"

    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", script, rows=20, columns=70) as me:
        assert me.sees(b"ready\r\n") == b"20 70\r\nready\r\n"
        me.resize(50, 132)
        assert me.sees(b"\n") == b"50 132\r\n"
        assert me.exit_code() == 7


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("exit 0", id="success"),
        pytest.param("exit 3", id="failure"),
        pytest.param("stty raw -echo; exit 0", id="left raw inside"),
        pytest.param("kill -s KILL $$", id="killed"),
    ],
)
def test_the_terminal_is_put_back_as_it_was(sandbox: SandboxCommand, end: str) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", f"echo up; read -r x; {end}") as me:
        before = me.modes()
        me.sees(b"up\r\n")
        assert not me.echoes()  # meanwhile the terminal inside does that
        me.type(b"go\r")
        me.exit_code()
        assert me.modes() == before
        assert me.echoes()


def test_a_failure_to_start_puts_the_terminal_back_too(sandbox: SandboxCommand) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--image", "no-such-image", "--", "true") as me:
        before = me.modes()
        assert me.exit_code() == 125
        assert me.modes() == before


def test_the_time_limit_ends_a_command_on_a_terminal(sandbox: SandboxCommand) -> None:
    arguments = ("run", "-it", "--timeout", "0.5", "--", "sh", "-c", "trap '' INT; sleep 600")
    with at_a_terminal(sandbox, *arguments) as me:
        before = me.modes()
        assert me.exit_code() == 124
        assert me.modes() == before


def test_sigterm_reaches_a_command_on_a_terminal(sandbox: SandboxCommand) -> None:
    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", "echo up; exec sleep 600") as me:
        before = me.modes()
        me.sees(b"up\r\n")
        me.process.terminate()
        assert me.exit_code() == 143
        assert me.modes() == before


def test_a_controller_that_is_killed_leaves_nothing_running(sandbox: SandboxCommand) -> None:
    script = "trap '' INT TERM HUP; echo ready; sleep 600"

    with at_a_terminal(sandbox, "run", "-it", "--", "sh", "-c", script) as me:
        me.sees(b"ready\r\n")
        me.process.kill()
        me.process.wait()

        assert running_after(me.process.pid) == []


@pytest.mark.slow
def test_a_command_that_is_quickly_done_ends_with_its_own_code(sandbox: SandboxCommand) -> None:
    """Its status may come together with its first output, or with what comes before that."""
    codes = []
    for code in range(50):
        arguments = ("run", "-it", "--", "sh", "-c", f"echo done; exit {code}")
        with at_a_terminal(sandbox, *arguments) as me:
            me.sees(b"done\r\n")
            codes.append(me.exit_code())

    assert codes == list(range(50))
