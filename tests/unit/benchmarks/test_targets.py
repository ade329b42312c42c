"""Targets: reached, missed, or not measured; never guessed."""

import pytest

from scripts.benchmarks.figures import Figures
from scripts.benchmarks.row import Row
from scripts.benchmarks.targets import TARGETS, Judged, Target, judged


def _target(limit: float, *, at_least: bool = False, peer: str = "") -> Target:
    return Target("what", "row", limit, "x", lambda row: row.ours.p50, at_least, peer)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        pytest.param(_target(4), "reached", id="at the limit"),
        pytest.param(_target(3.9), "missed", id="above it"),
        pytest.param(_target(4, at_least=True), "reached", id="at least, at the limit"),
        pytest.param(_target(4.1, at_least=True), "missed", id="at least, below it"),
        pytest.param(_target(5, peer="bwrap"), "not measured", id="a peer that is not there"),
    ],
)
def test_a_measured_figure_is_judged(target: Target, word: str) -> None:
    assert [each.word for each in judged([Row("row", "ms", Figures(4, 5, 6))], [target])] == [word]


def test_without_rows_nothing_is_judged() -> None:
    assert judged([]) == [Judged(target, None) for target in TARGETS]


def test_the_targets_are_those_of_the_promise() -> None:
    found = [(each.row, each.peer, each.limit, each.at_least) for each in TARGETS]
    assert found == [
        ("call, one a second", "", 4, False),
        ("call, one a second", "bwrap", 0.5, False),
        ("call, one a second", "docker exec", 0.05, False),
        ("call, one a second", "", 15, False),
        ("cells a second, 4 workers", "docker run", 2.5, True),
        ("sandbox run -- true, from the shell", "docker run", 1.3, False),
        ("1 GiB to stdout, client's peak memory", "", 150, False),
        ("proxy: connecting, to the first byte", "direct", 1, False),
        ("proxy: new tunnels a second", "tinyproxy", 0.7, True),
        ("proxy: bulk through a tunnel", "direct", 0.4, True),
        ("proxy: bulk through a tunnel", "tinyproxy", 1.5, True),
        ("from a cell: connecting, to the first byte", "direct", 3, False),
        ("from a cell: bulk through a tunnel", "direct", 0.2, True),
    ]
