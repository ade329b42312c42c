"""Before every call the workspace is searched for files to protect: what that costs as it grows."""

from collections.abc import Iterator
from contextlib import ExitStack

from runner import Sandbox
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.row import Row
from scripts.benchmarks.turns import Contestant, in_turns

SMALL = 10
LARGE = (1_000, 5_000)
NAME = "call in a workspace of {:,} folders"

_REPLACED_SECONDS = 0.4


def measured(effort: Effort) -> Iterator[Row]:
    """One row for each size, beside the small workspace of the other benchmarks."""
    with ExitStack() as resources:
        racing = [_calling(resources, folders) for folders in (SMALL, *LARGE)]
        taken = in_turns(racing, effort.surveys)
    small = Figures.of_costs(taken[_peer(SMALL)])
    for folders in LARGE:
        ours = Figures.of_costs(taken[_peer(folders)])
        yield Row(NAME.format(folders), "ms", ours, {_peer(SMALL): small})


def _calling(resources: ExitStack, folders: int) -> Contestant:
    box = resources.enter_context(Sandbox(resources.enter_context(workspace(folders))))
    return Contestant(_peer(folders), lambda: box.run(["true"]), _REPLACED_SECONDS)


def _peer(folders: int) -> str:
    return f"{folders:,} folders"
