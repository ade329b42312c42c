"""One thing measured: ours, and the same done by others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.benchmarks.figures import Figures


@dataclass(frozen=True, slots=True)
class Row:
    """`unit` is that of every figure: "ms", "MiB" (less is better), "cells/s", "tunnels/s" and
    "MB/s" (more is).
    """

    name: str
    unit: str
    ours: Figures
    peers: Mapping[str, Figures] = field(default_factory=dict)

    def ratio(self, peer: str) -> float:
        """Ours in relation to a peer's, both p50."""
        return self.ours.p50 / self.peers[peer].p50

    def as_json(self) -> dict[str, Any]:
        """The object of `scripts/bench --json`; fields may be added, never renamed."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours.as_json(),
            "peers": {name: figures.as_json() for name, figures in self.peers.items()},
            "ratio": {name: round(self.ratio(name), 4) for name in self.peers},
        }
