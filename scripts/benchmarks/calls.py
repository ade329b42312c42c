"""A call at one a second: `true` in a container that never ran anything before."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runner import Sandbox
from scripts.benchmarks import peers
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.progress import say
from scripts.benchmarks.row import Row
from scripts.benchmarks.turns import Contestant, in_turns

OURS = "sandbox"
DOCKER_RUN, DOCKER_EXEC, BWRAP, PLAIN = "docker run", "docker exec", "bwrap", "no sandbox"
NAME = "call, one a second"

_TRUE = ("true",)
_REPLACED_SECONDS = 0.4
"""Until the cell that a call used up is replaced and removed."""


def measured(effort: Effort) -> Iterator[Row]:
    """One row."""
    with contestants() as racing:
        taken = in_turns(racing, effort.calls, round_seconds=1.0)
    figures = {name: Figures.of_costs(samples) for name, samples in taken.items()}
    yield Row(NAME, "ms", figures.pop(OURS), figures)


@contextmanager
def contestants() -> Iterator[list[Contestant]]:
    """Everybody who can run `true` in a small repository on this machine, ours first."""
    with ExitStack() as resources:
        folder = resources.enter_context(workspace(folders=10))
        box = resources.enter_context(Sandbox(folder))
        container = resources.enter_context(peers.running_container(folder))
        commands = {
            DOCKER_EXEC: peers.docker_exec(container, _TRUE),
            DOCKER_RUN: peers.docker_run(folder, _TRUE),
            PLAIN: list(_TRUE),
        }
        yield [
            Contestant(OURS, lambda: _call(box), _REPLACED_SECONDS),
            *(_commanded(name, words) for name, words in commands.items()),
            *_bubblewrapped(folder),
        ]


def _call(box: Sandbox) -> None:
    if (code := box.run(_TRUE).exit_code) != 0:
        raise RuntimeError(f"`true` ended with {code} in a cell")


def _commanded(name: str, words: list[str]) -> Contestant:
    return Contestant(name, lambda: peers.must_run(words))


def _bubblewrapped(folder: Path) -> Iterator[Contestant]:
    if (words := peers.bwrap(folder, _TRUE)) is not None:
        yield _commanded(BWRAP, words)
    else:
        say("  bwrap is missing or not permitted here: left out")
