"""The command line with nothing warm: `sandbox run -- true` as a shell starts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.benchmarks.calls import DOCKER_RUN, OURS
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.peers import docker_run, must_run
from scripts.benchmarks.row import Row
from scripts.benchmarks.turns import Contestant, in_turns

NAME = "sandbox run -- true, from the shell"

_AFTERMATH_SECONDS = 0.3


def sandbox_command(*arguments: str) -> list[str]:
    """The command line of this very environment."""
    return [str(Path(sys.executable).parent / "sandbox"), *arguments]


def measured(effort: Effort) -> Iterator[Row]:
    """One row; both remove their containers before they end."""
    with workspace(folders=10) as folder:
        ours = sandbox_command("run", "--", "true")
        theirs = docker_run(folder, ["true"])
        racing = [
            Contestant(OURS, lambda: _run_in(folder, ours), _AFTERMATH_SECONDS),
            Contestant(DOCKER_RUN, lambda: must_run(theirs), _AFTERMATH_SECONDS),
        ]
        taken = in_turns(racing, effort.cold_starts)
    figures = {name: Figures.of_costs(samples) for name, samples in taken.items()}
    yield Row(NAME, "ms", figures.pop(OURS), figures)


def _run_in(folder: Path, words: list[str]) -> None:
    subprocess.run(words, check=True, cwd=folder, stdin=subprocess.DEVNULL)
