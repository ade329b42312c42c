"""After a call: what appeared or changed among protected files is set aside and told.

A cell whose command took over the cell's first process can go on for a moment after it reported its
end, so this is done once more when the cell is dead.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from runner.sandbox.surveyor import Surveyor
from runner.workspace.findings import Survey
from runner.workspace.intrusions import Changed, Vanished, compare
from runner.workspace.set_aside import SetAside, set_aside


@dataclass(frozen=True, slots=True)
class Settled:
    """What a call did to protected paths: renamed out of the way, and altered by whoever."""

    set_aside: tuple[SetAside, ...] = ()
    altered: tuple[str, ...] = ()


class Settler:
    """Puts one workspace in order after calls. Any thread may use it."""

    def __init__(self, root: Path, surveyor: Surveyor) -> None:
        self._root = root
        self._surveyor = surveyor
        self._lock = Lock()  # two threads would set aside, and report, the same thing

    def settle(self, before: Survey, call_id: str) -> tuple[Settled, Survey]:
        """Compare with an earlier survey, set aside what has to be; and the survey after that."""
        if self._surveyor.survey() is before:
            return Settled(), before
        with self._lock:
            after = self._surveyor.survey()
            found = compare(before, after)
            moved = set_aside(self._root, found, call_id)
            if moved:
                after = self._surveyor.survey()
        altered = tuple(each.path for each in found if isinstance(each, Changed | Vanished))
        return Settled(moved, altered), after
