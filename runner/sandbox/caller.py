"""Everything around one command: what is protected, its way out, what it left, and its end."""

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from runner.egress.proxy import EgressProxy
from runner.errors import CellFailed, SandboxError
from runner.sandbox.cell import Cell, Gone, Outcome, TimedOut
from runner.sandbox.cells import Cells
from runner.sandbox.mount_watch import MountWatch
from runner.sandbox.reaper import Reaper
from runner.sandbox.result import Ending, Summary
from runner.sandbox.settling import Settled, Settler
from runner.workspace.changes import Snapshot, changed, snapshot
from runner.workspace.findings import Survey


class Caller:
    """Makes calls, from any number of threads, in one workspace of one session."""

    def __init__(self, cells: Cells, egress: EgressProxy) -> None:
        self._session = cells.ground.session
        self._root = cells.workspace.path
        self._surveyor = cells.surveyor
        self._settler = Settler(self._root, self._surveyor)
        self._egress = egress
        self._reaper = Reaper(cells.ground.departures)
        self._watch = MountWatch()
        self._numbers = count(1)
        self._running: set[Cell] = set()
        self._late: list[Settled] = []

    def call(
        self,
        take: Callable[[Survey, str], Cell],
        attempt: Callable[[Cell, str], Outcome],
        *,
        command: str,
        track_changes: bool,
    ) -> Summary:
        """One call: both functions are given the credentials that open the egress proxy to it.

        `command` is what it runs, safe to show.
        """
        call_id = f"{self._session}-{next(self._numbers)}"
        seen = snapshot(self._root) if track_changes else None
        credentials = self._egress.admit(call_id, command)
        try:
            before, cell = self._taken(take, credentials)
            started = time.monotonic()
            outcome = self._attempted(cell, before, call_id, lambda: attempt(cell, credentials))
            duration_ms = (time.monotonic() - started) * 1000
            settled, after = self._settler.settle(before, call_id)
            # Late is what comes after this: what a next call makes is that call's to answer for.
            self._reaper.take(cell, lambda: self._settle_late(after, call_id))
        finally:
            connections = self._egress.dismiss(call_id)
        return Summary(
            call_id,
            _ending(outcome),
            duration_ms,
            connections,
            self._changes(seen),
            settled.set_aside,
            settled.altered,
        )

    def signal(self, name: str) -> bool:
        """Send a signal ("INT", "TERM") to every command that is running; whether any was."""
        # A cell that was taken and not yet sent its command would lose the signal.
        running = [cell for cell in tuple(self._running) if cell.has_begun]
        for cell in running:
            cell.signal(name)
        return bool(running)

    def resize(self, rows: int, columns: int) -> None:
        """Tell the terminals of running commands their size."""
        for cell in tuple(self._running):
            cell.resize(rows, columns)

    def kill(self) -> None:
        """End every command that is running, at once."""
        for cell in tuple(self._running):
            cell.kill()

    def close(self) -> tuple[Settled, ...]:
        """Wait until every cell is dead; returns what was found after a call had returned."""
        self._reaper.close()
        self._watch.close()
        return tuple(self._late)

    def _taken(self, take: Callable[[Survey, str], Cell], credentials: str) -> tuple[Survey, Cell]:
        before = self._surveyor.survey()
        try:
            return before, take(before, credentials)
        except CellFailed:
            # The workspace may have changed under the engine's hands: once more, with a new look.
            before = self._surveyor.survey()
            return before, take(before, credentials)

    def _attempted(
        self, cell: Cell, before: Survey, call_id: str, attempt: Callable[[], Outcome]
    ) -> Outcome:
        self._running.add(cell)
        try:
            with self._watch.watching(cell):
                outcome = attempt()
        except BaseException:
            with suppress(SandboxError):  # the first error is the one to tell
                cell.close()
            self._settle_late(before, call_id)
            raise
        finally:
            self._running.discard(cell)
        if isinstance(outcome, TimedOut):
            cell.kill()  # here and not by the reaper: the call is over when its processes are
        return outcome

    def _settle_late(self, before: Survey, call_id: str) -> None:
        late, _ = self._settler.settle(before, call_id)
        if late != Settled():
            self._late.append(late)

    def _changes(self, seen: Snapshot | None) -> tuple[str, ...]:
        return () if seen is None else tuple(changed(seen, snapshot(self._root)))


def _ending(outcome: Outcome) -> Ending:
    if isinstance(outcome, TimedOut):
        return Ending(124, timed_out=True)
    if isinstance(outcome, Gone):
        return Ending(outcome.exit_code or 137, oom_killed=outcome.oom_killed)
    return Ending(outcome.exit_code, oom_killed=outcome.oom_kills > 0)
