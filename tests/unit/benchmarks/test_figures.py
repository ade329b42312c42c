"""Percentiles: figures that were really measured, the worse ones last."""

from collections.abc import Callable

import pytest

from scripts.benchmarks.figures import Figures


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([7.0], Figures(7, 7, 7), id="one sample is all three"),
        pytest.param([3.0, 1.0, 2.0], Figures(2, 3, 3), id="few samples: the worst counts"),
        pytest.param(range(1, 101), Figures(50, 95, 99), id="a hundred samples"),
        pytest.param([1.0] * 99 + [9.0], Figures(1, 1, 1), id="one in a hundred does not show"),
    ],
)
def test_costs_get_worse_upwards(samples: list[float], expected: Figures) -> None:
    assert Figures.of_costs(samples) == expected


def test_rates_get_worse_downwards() -> None:
    assert Figures.of_rates(range(1, 101)) == Figures(51, 6, 2)


@pytest.mark.parametrize("made", [Figures.of_costs, Figures.of_rates])
def test_nothing_measured_is_an_error(made: Callable[[list[float]], Figures]) -> None:
    with pytest.raises(ValueError, match="no samples"):
        made([])


def test_json_has_three_fields() -> None:
    assert Figures(1.23456, 2, 3).as_json() == {"p50": 1.235, "p95": 2, "p99": 3}
