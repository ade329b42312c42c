"""Ctrl-C and SIGTERM reach the command, which may answer; who does not want to wait need not."""

import signal
import subprocess

import pytest

from tests.end_to_end.command import SandboxCommand, finished, read_until
from tests.end_to_end.engine import containers_of, running_after

pytestmark = pytest.mark.engine

# Says which signals it gets, and ends with the first or never.
HANDLER = """
import signal, sys
def told(number, frame):
    print(signal.Signals(number).name, flush=True)
    if sys.argv[1] == "ends":
        sys.exit(7)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, told)
print("ready", flush=True)
while True:
    signal.pause()
"""
ALL = pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)


def ready(sandbox: SandboxCommand, *command: str) -> "subprocess.Popen[bytes]":
    """A command that runs and has said "ready"."""
    process = sandbox.started("run", "--", *command)
    read_until(process, b"ready\n")
    return process


@ALL
def test_a_signal_reaches_the_command_which_ends_as_it_likes(
    sandbox: SandboxCommand, number: signal.Signals, code: int
) -> None:
    process = ready(sandbox, "python3", "-c", HANDLER, "ends")

    process.send_signal(number)

    assert finished(process).outcome == (7, f"{number.name}\n".encode(), b"")


@ALL
def test_a_command_without_a_handler_dies_of_the_signal(
    sandbox: SandboxCommand, number: signal.Signals, code: int
) -> None:
    process = ready(sandbox, "sh", "-c", "echo ready; exec sleep 600")

    process.send_signal(number)
    ran = finished(process)

    assert ran.outcome == (code, b"", b"")
    assert containers_of(ran.pid) == []


def test_a_signal_reaches_what_the_command_started(sandbox: SandboxCommand) -> None:
    script = '"$@" & child=$!; trap : TERM; wait; wait $child; echo "child $?"'
    process = ready(sandbox, "sh", "-c", script, "sh", "python3", "-c", HANDLER, "ends")

    process.send_signal(signal.SIGTERM)

    assert finished(process).outcome == (0, b"SIGTERM\nchild 7\n", b"")


def test_the_second_ctrl_c_kills(sandbox: SandboxCommand) -> None:
    process = ready(sandbox, "python3", "-c", HANDLER, "goes on")

    process.send_signal(signal.SIGINT)
    assert read_until(process, b"\n") == b"SIGINT\n"
    process.send_signal(signal.SIGINT)
    ran = finished(process)

    assert (ran.exit_code, ran.stdout) == (130, b"")
    assert containers_of(ran.pid) == []


def test_sigterm_twice_is_passed_on_twice(sandbox: SandboxCommand) -> None:
    process = ready(sandbox, "python3", "-c", HANDLER, "goes on")

    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        assert read_until(process, b"\n") == b"SIGTERM\n"
    process.send_signal(signal.SIGINT)

    assert finished(process).exit_code == 130


def test_a_command_that_ignores_sigterm_is_killed_after_a_grace_period(
    sandbox: SandboxCommand,
) -> None:
    process = ready(sandbox, "python3", "-c", HANDLER, "goes on")

    process.send_signal(signal.SIGTERM)
    ran = finished(process)

    assert (ran.exit_code, ran.stdout) == (137, b"SIGTERM\n")
    assert containers_of(ran.pid) == []


def test_a_controller_that_is_killed_leaves_nothing_running(sandbox: SandboxCommand) -> None:
    process = ready(sandbox, "sh", "-c", "trap '' INT TERM HUP; echo ready; sleep 600")

    process.kill()
    # The command's end of our pipe closes with the controller; its containers go by themselves.
    ran = finished(process)

    assert ran.exit_code == -signal.SIGKILL
    assert running_after(ran.pid) == []


def test_a_hangup_is_ignored_under_nohup(sandbox: SandboxCommand) -> None:
    script = "echo ready; sleep 1; echo over"
    process = sandbox.started("run", "--", "sh", "-c", script, wrapper=["nohup"])
    read_until(process, b"ready\n")
    process.send_signal(signal.SIGHUP)

    ran = finished(process)

    assert (ran.exit_code, ran.stdout) == (0, b"over\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
    ids=["SIGINT", "SIGTERM", "SIGKILL"],
)
def test_a_signal_before_the_command_runs_ends_it_and_leaves_nothing(
    sandbox: SandboxCommand, number: signal.Signals
) -> None:
    """At any moment of the start: cell and pod are on their way, handlers are not in place yet."""
    ended = []
    for milliseconds in range(0, 700, 70):
        process = sandbox.started("run", "--", "sleep", "600")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(milliseconds / 1000)
        process.send_signal(number)
        ended.append(finished(process))

    assert {ran.exit_code for ran in ended} <= {128 + number, -number}
    # While Python still loads the command's first module, it answers Ctrl-C in its own way.
    ours = [ran.stderr for ran in ended if b", in main\n" in ran.stderr]
    assert [stderr for stderr in ours if b"Traceback" in stderr] == []
    if number == signal.SIGKILL:  # what was made and not yet started cannot end by itself
        assert sandbox("gc").exit_code == 0
    assert [left for ran in ended for left in running_after(ran.pid)] == []
    if number == signal.SIGKILL:  # a container that was made and not started yet cannot end
        assert sandbox("gc").exit_code == 0
    assert [left for ran in ended for left in containers_of(ran.pid)] == []
