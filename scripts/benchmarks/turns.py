"""Contestants take turns, so that whatever disturbs the machine disturbs all of them alike."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scripts.benchmarks.progress import say

_LEAD_IN_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something done again and again. `rest_seconds`: until its aftermath on the engine (a cell
    replaced, a container removed) no longer disturbs whoever comes next.
    """

    name: str
    call: Callable[[], object]
    rest_seconds: float = 0.05


def in_turns(
    contestants: Sequence[Contestant], rounds: int, round_seconds: float = 0.0
) -> dict[str, list[float]]:
    """Milliseconds of every call, by contestant; each once a round, after one that is not counted.

    A round takes at least `round_seconds`.
    """
    taken: dict[str, list[float]] = {each.name: [] for each in contestants}
    for number in range(rounds + 1):
        begun = time.monotonic()
        for each in contestants:
            milliseconds = timed(each.call)
            if number:
                taken[each.name].append(milliseconds)
            time.sleep(each.rest_seconds)
        time.sleep(max(0.0, round_seconds - (time.monotonic() - begun)))
        if number and number % 10 == 0:
            say(f"  {number} of {rounds}")
    return taken


def timed(call: Callable[[], object]) -> float:
    """Milliseconds that one call takes."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


@dataclass(frozen=True, slots=True)
class Slice:
    """What some workers got done in a while, without a pause between their calls."""

    per_second: float
    milliseconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """One call, and when it ended."""

    ended: float
    milliseconds: float


def without_pause(call: Callable[[], object], workers: int, seconds: float) -> Slice:
    """Call again and again, from `workers` threads.

    What ends in the first moments does not count: it may have been prepared before.
    """
    since = time.monotonic() + _LEAD_IN_SECONDS
    until = since + seconds

    def work() -> list[Done]:
        done = []
        while time.monotonic() < until:
            milliseconds = timed(call)
            done.append(Done(time.monotonic(), milliseconds))
        return done

    with ThreadPoolExecutor(workers) as threads:
        working = [threads.submit(work) for _ in range(workers)]
        done = [each for worker in working for each in worker.result()]
    return counted(done, since, until, workers)


def counted(done: Sequence[Done], since: float, until: float, workers: int) -> Slice:
    """What ended within the slice."""
    within = tuple(each.milliseconds for each in done if since <= each.ended <= until)
    if not within:  # one call outlasts the slice: how long it took is all there is to say
        longest = max(each.milliseconds for each in done)
        return Slice(1000 * workers / longest, (longest,))
    return Slice(len(within) / (until - since), within)
