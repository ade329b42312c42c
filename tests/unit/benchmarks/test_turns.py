"""Who takes turns, and what counts."""

from functools import partial

import pytest

from scripts.benchmarks.turns import Contestant, Done, Slice, counted, in_turns, without_pause


def test_contestants_alternate_and_the_first_round_does_not_count() -> None:
    called: list[str] = []
    racing = [Contestant(name, partial(called.append, name), 0.0) for name in "ab"]
    taken = in_turns(racing, rounds=2)
    assert "".join(called) == "ababab"
    assert {name: len(samples) for name, samples in taken.items()} == {"a": 2, "b": 2}


def test_what_fails_in_a_worker_fails_the_run() -> None:
    def fails() -> None:
        raise RuntimeError("no cell")

    with pytest.raises(RuntimeError, match="no cell"):
        without_pause(fails, workers=2, seconds=0.01)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        pytest.param([9.9, 10, 11, 12, 12.1], Slice(1.5, (50, 50, 50)), id="what ended within it"),
        pytest.param([9, 13], Slice(80, (50,)), id="none did: from what the longest took"),
    ],
)
def test_a_slice_counts(ended: list[float], expected: Slice) -> None:
    done = [Done(each, 50) for each in ended]
    assert counted(done, since=10, until=12, workers=4) == expected
