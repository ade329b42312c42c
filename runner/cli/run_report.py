"""What a run tells the user afterwards, on standard error: refused hosts, files set aside."""

from collections.abc import Iterable

from runner.cli.messages import say, shown
from runner.egress.calls import Connection
from runner.sandbox.result import Summary
from runner.sandbox.settling import Settled
from runner.workspace.set_aside import SetAside


def say_report(summary: Summary, late: Iterable[Settled], notices: Iterable[str]) -> None:
    """Everything worth knowing; nothing when there is nothing."""
    for notice in notices:
        say(shown(notice))
    for record in summary.egress:
        if record.verdict == "deny":
            _say_refused(record)
        elif not record.reached:
            say(f"allowed {_target(record)}, but {shown(record.reason)}.")
    say_settled((Settled(summary.set_aside, summary.altered), *late))
    if summary.ending.timed_out:
        say("the time limit (--timeout) passed; the command was killed.")
    if summary.ending.oom_killed:
        say("the memory limit (--memory) was reached; a process was killed.")


def say_settled(found: Iterable[Settled]) -> None:
    """What happened to protected files."""
    for settled in found:
        for moved in settled.set_aside:
            _say_set_aside(moved)
        for path in settled.altered:
            say(f"{shown(path)} is protected, and changed while the command ran. Look at it.")


def _say_refused(record: Connection) -> None:
    remedy = f" To allow it: {shown(record.remedy)}" if record.remedy else ""
    say(f"refused {_target(record)}: {shown(record.reason)}.{remedy}")


def _target(record: Connection) -> str:
    host = f"[{record.host}]" if ":" in record.host else record.host
    return shown(f"{host}:{record.port}" if record.port else host)


def _say_set_aside(moved: SetAside) -> None:
    if moved.failure:
        say(f"{shown(moved.path)} is protected and could not be set aside: {shown(moved.failure)}")
        return
    moved_to = shown(moved.moved_to or "")
    say(f"{shown(moved.path)} is protected; what the command made is now {moved_to}.")
    if moved.put_back:
        say(f"To use it after all: {shown(moved.put_back)}")
