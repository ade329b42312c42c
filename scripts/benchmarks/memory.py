"""What a parked cell costs while it waits: its processes and the engine's, and its cgroup."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence

from runner import Sandbox
from scripts.benchmarks.calls import DOCKER_RUN
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.peers import running_container
from scripts.benchmarks.processes import cgroup_mib, container_mib
from scripts.benchmarks.row import Row

PROCESSES = "memory of a parked cell, processes"
CGROUP = "memory of a parked cell, cgroup"

_CELLS = 4
_PARKED_WITHIN_SECONDS = 30.0


def measured(_: Effort) -> Iterator[Row]:
    """Two rows, beside an idle `sleep` that `docker run` started."""
    with (
        workspace(folders=10) as folder,
        running_container(folder) as container,
        Sandbox(folder, pool_size=_CELLS) as box,
    ):
        session = box.run(["true"]).summary.call_id.rpartition("-")[0]
        cells = [_first_process(each) for each in _parked(session)]
        idle = _first_process(container)
        yield _row(PROCESSES, container_mib, cells, idle)
        yield _row(CGROUP, cgroup_mib, cells, idle)


def _row(name: str, size: Callable[[int], float], cells: Sequence[int], idle: int) -> Row:
    return Row(
        name,
        "MiB",
        Figures.of_costs(map(size, cells)),
        {DOCKER_RUN: Figures.of_costs([size(idle)])},
    )


def _parked(session: str) -> list[str]:
    """The ids of a session's cells, once all of them are there."""
    filters = [f"label=sandbox.session={session}", "label=sandbox.role=cell", "status=running"]
    words = ["docker", "ps", "--quiet", "--no-trunc"]
    for each in filters:
        words += ["--filter", each]
    deadline = time.monotonic() + _PARKED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.5)  # also lets the last one come to rest
        if len(found := _said(words).split()) == _CELLS:
            return found
    raise RuntimeError(f"{_CELLS} parked cells were to be there, and are not")


def _first_process(container: str) -> int:
    return int(_said(["docker", "inspect", "--format", "{{.State.Pid}}", container]))


def _said(words: Sequence[str]) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
