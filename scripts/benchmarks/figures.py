"""Samples become three figures, of which the later ones are always the worse ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Figures:
    """Half, 95 % and 99 % of the samples were at least this good."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of_costs(cls, samples: Iterable[float]) -> "Figures":
        """Of times and sizes: less is better."""
        return cls._of(sorted(samples))

    @classmethod
    def of_rates(cls, samples: Iterable[float]) -> "Figures":
        """Of things per second: more is better, so p95 is what 95 % of the samples reach."""
        return cls._of(sorted(samples, reverse=True))

    def as_json(self) -> dict[str, float]:
        """Three fields, to three decimals."""
        return {"p50": round(self.p50, 3), "p95": round(self.p95, 3), "p99": round(self.p99, 3)}

    @classmethod
    def _of(cls, best_first: list[float]) -> "Figures":
        if not best_first:
            raise ValueError("no samples")
        return cls(*(_at(best_first, percent) for percent in (50, 95, 99)))


def _at(best_first: list[float], percent: int) -> float:
    # Nearest rank: a figure that was really measured, also where there are few samples.
    return best_first[ceil(len(best_first) * percent / 100) - 1]
