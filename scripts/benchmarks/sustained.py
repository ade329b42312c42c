"""Calls without a pause: what one takes, and how many a second the machine can do."""

import time
from collections.abc import Iterator

from scripts.benchmarks.calls import DOCKER_RUN, OURS, contestants
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.progress import say
from scripts.benchmarks.row import Row
from scripts.benchmarks.turns import Contestant, Slice, without_pause

CALL = "call, back to back"
MANY_WORKERS = 4

_RATED = (OURS, DOCKER_RUN)

_Run = tuple[Contestant, int]


def rate_name(workers: int) -> str:
    """The name of the row of rates with so many workers."""
    return f"cells a second, {workers} worker{'s' if workers > 1 else ''}"


def measured(effort: Effort) -> Iterator[Row]:
    """Three rows: latency with one worker, rates with one and four, in alternating slices."""
    with contestants() as racing:
        runs = [(each, 1) for each in racing]
        runs += [(each, MANY_WORKERS) for each in racing if each.name in _RATED]
        slices: list[list[Slice]] = [[] for _ in runs]
        for number in range(effort.slices):
            for run, found in zip(runs, slices, strict=True):
                found.append(_slice(run, effort.slice_seconds * _share(run)))
            say(f"  {number + 1} of {effort.slices}")
    done = list(zip(runs, slices, strict=True))
    yield _latencies(done)
    yield _rates(done, 1)
    yield _rates(done, MANY_WORKERS)


def _share(run: _Run) -> float:
    # Rates need many calls to be exact; of the others only a call's time is shown.
    return 1.0 if run[0].name in _RATED else 0.25


def _slice(run: _Run, seconds: float) -> Slice:
    contestant, workers = run
    found = without_pause(contestant.call, workers, seconds)
    # What this one left to be removed and replaced is not the next one's burden.
    time.sleep(contestant.rest_seconds * (1 + workers) / 2)
    return found


def _latencies(done: list[tuple[_Run, list[Slice]]]) -> Row:
    figures = {
        run[0].name: Figures.of_costs(took for each in slices for took in each.milliseconds)
        for run, slices in done
        if run[1] == 1
    }
    return Row(CALL, "ms", figures.pop(OURS), figures)


def _rates(done: list[tuple[_Run, list[Slice]]], workers: int) -> Row:
    figures = {
        run[0].name: Figures.of_rates(each.per_second for each in slices)
        for run, slices in done
        if run[1] == workers and run[0].name in _RATED
    }
    return Row(rate_name(workers), "cells/s", figures.pop(OURS), figures)
