"""What is protected before a call, as mounts, and the proof that a cell has them."""

from pathlib import Path

from runner.errors import CellFailed
from runner.interfaces import Mount
from runner.sandbox.world import WORKSPACE
from runner.workspace.findings import Survey
from runner.workspace.mountinfo import verify
from runner.workspace.mounts import mounts
from runner.workspace.survey import survey


class Surveyor:
    """Looks through one workspace, again and again. Any thread may use it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._latest: Survey | None = None

    def survey(self) -> Survey:
        """What is protected right now; an unchanged workspace gives back the same object."""
        found = survey(self._root, self._latest)
        self._latest = found
        return found

    def mounts(self, found: Survey) -> tuple[Mount, ...]:
        """The mounts that protect what was found, parents first.

        Raises:
            WorkspaceRefused: something in it cannot be protected by mounts.
        """
        return mounts(found, self._root, WORKSPACE)

    def prove(self, cell_mountinfo: list[str], expected: tuple[Mount, ...]) -> None:
        """Compare a fresh cell's own mounts with those it was to get.

        The engine resolves mount sources as root on the host. A command of another cell that
        swapped a folder for a link in between would have it mount a file of the host.

        Raises:
            CellFailed: they differ.
        """
        # Only a newline ends a line: other separators of Unicode's may stand in a path as they are.
        host = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").split("\n")
        below = [each for each in expected if f"{each.target}/".startswith(f"{WORKSPACE}/")]
        if problems := verify(cell_mountinfo, host, self._root, below):
            raise CellFailed(
                f"A cell did not get the mounts it was to get: {problems[0]}",
                fix="The workspace changed while the cell was made; try again.",
            )
