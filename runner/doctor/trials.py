"""Runs the trials, each in a throwaway cell, and hands what came back to be judged."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from runner.doctor import inside, limits
from runner.doctor.finding import Finding
from runner.doctor.limits import Tried
from runner.interfaces import Engine, Limits
from runner.sandbox.result import Output

_SECONDS = 20.0


class Ran(Protocol):
    """What a trial needs of a command that is over; `runner.sandbox.result.Result` is one."""

    @property
    def exit_code(self) -> int:
        """The command's own, or 124 (time limit), or 137 (memory limit or kill)."""

    @property
    def oom_killed(self) -> bool:
        """Whether the memory limit killed it, or a process that it started."""

    @property
    def stdout(self) -> Output:
        """What it printed."""


class Box(Protocol):
    """What a trial needs of a session; `runner.session.Sandbox` is one."""

    def run(self, command: Sequence[str | bytes], *, timeout_seconds: float | None = None) -> Ran:
        """Run one command in a cell of its own."""


Opening = Callable[[Engine, Path, Limits], AbstractContextManager[Box]]
"""Opens a session on an engine, a workspace and limits. The command line passes it in, because
sessions and the doctor stand side by side: neither imports the other.
"""


def tried(engine: Engine, opening: Opening, *, kernel_has_apparmor: bool) -> Iterator[Finding]:
    """The findings of every trial, in a session of their own on an empty private folder."""
    with (
        tempfile.TemporaryDirectory(prefix="sandbox-doctor-") as folder,
        opening(engine, Path(folder), limits.TRIAL) as box,
    ):
        seen = inside.files(_run(box, inside.SCRIPT).output)
        yield from inside.judged(seen)
        yield inside.access_control(seen, kernel_has_apparmor=kernel_has_apparmor)
        yield limits.memory(_run(box, limits.MEMORY_SCRIPT))
        yield limits.processes(_run(box, limits.PROCESSES_SCRIPT))
        yield limits.processor(seen)
        written = _run(box, limits.WORKSPACE_SCRIPT)
        owner = _owner(Path(folder) / "from-a-cell")
        yield limits.workspace(written, owner, os.geteuid())


def _run(box: Box, script: str) -> Tried:
    result = box.run(["/bin/sh", "-c", script], timeout_seconds=_SECONDS)
    return Tried(result.exit_code, result.stdout.shown(), result.oom_killed)


def _owner(file: Path) -> int | None:
    try:
        return file.lstat().st_uid
    except OSError:
        return None
