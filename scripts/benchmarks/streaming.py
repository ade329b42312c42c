"""A flood on stdout: how fast it comes through, and what the controller needs for it."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from scripts.benchmarks.calls import DOCKER_RUN, OURS
from scripts.benchmarks.cold import sandbox_command
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.peers import docker_run
from scripts.benchmarks.processes import peak_mib
from scripts.benchmarks.progress import say
from scripts.benchmarks.row import Row

RATE = "1 GiB to stdout, whole command"
MEMORY = "1 GiB to stdout, client's peak memory"

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Flood:
    """One command's output, read to its end."""

    mb_per_second: float
    peak_mib: float


def measured(effort: Effort) -> Iterator[Row]:
    """Two rows: MB/s from the start of the command to its end, and memory of what we started."""
    size = effort.stream_mib * _MIB
    command = ["dd", "if=/dev/zero", "bs=1M", f"count={effort.stream_mib}", "status=none"]
    floods: dict[str, list[Flood]] = {OURS: [], DOCKER_RUN: []}
    with workspace(folders=10) as folder:
        words = {
            OURS: sandbox_command("run", "--", *command),
            DOCKER_RUN: docker_run(folder, command),
        }
        for number in range(effort.streams):
            for name, found in floods.items():
                found.append(_flooded(words[name], folder, size))
            say(f"  {number + 1} of {effort.streams}")
    yield _row(
        RATE, "MB/s", {k: Figures.of_rates(f.mb_per_second for f in v) for k, v in floods.items()}
    )
    yield _row(
        MEMORY, "MiB", {k: Figures.of_costs(f.peak_mib for f in v) for k, v in floods.items()}
    )


def _row(name: str, unit: str, figures: dict[str, Figures]) -> Row:
    return Row(name, unit, figures.pop(OURS), figures)


def _flooded(words: Sequence[str], folder: Path, expected: int) -> Flood:
    begun, size, peak = perf_counter(), 0, 0.0
    with subprocess.Popen(
        words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(_MIB):
            # The peak is asked for while it runs: what the kernel tells of a child that has ended
            # (getrusage(2)) starts from the size of its parent.
            if size // (16 * _MIB) != (size + len(piece)) // (16 * _MIB):
                peak = max(peak, peak_mib(process.pid))
            size += len(piece)
    if process.returncode or size != expected:
        raise RuntimeError(f"{words[0]} gave {size:,} of {expected:,} bytes, {process.returncode}")
    return Flood(size / 1e6 / (perf_counter() - begun), peak)
