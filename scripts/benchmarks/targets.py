"""What the project promises of its speed, each promise next to what was measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from scripts.benchmarks import calls, cold, egress, egress_cell, streaming, sustained
from scripts.benchmarks.row import Row


@dataclass(frozen=True, slots=True)
class Target:
    """A limit on one figure of one row; `peer` is needed where it is a ratio."""

    what: str
    row: str
    limit: float
    unit: str
    figure: Callable[[Row], float]
    at_least: bool = False
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A target and what was measured: nothing, where its row or the peer is not there."""

    target: Target
    measured: float | None

    @property
    def word(self) -> str:
        """Whether it is reached or missed, or not measured."""
        if self.measured is None:
            return "not measured"
        limit = self.target.limit
        reached = self.measured >= limit if self.target.at_least else self.measured <= limit
        return "reached" if reached else "missed"


def _ratio(what: str, row: str, peer: str, limit: float, *, at_least: bool = False) -> Target:
    return Target(what, row, limit, "x", lambda found: found.ratio(peer), at_least, peer)


def _added(what: str, row: str, limit: float) -> Target:
    def figure(found: Row) -> float:
        return found.ours.p50 - found.peers[egress.DIRECT].p50

    return Target(what, row, limit, "ms", figure, peer=egress.DIRECT)


TARGETS = (
    Target("call, one a second: p50", calls.NAME, 4, "ms", lambda row: row.ours.p50),
    _ratio("call, one a second: to bwrap", calls.NAME, calls.BWRAP, 0.5),
    _ratio("call, one a second: to docker exec", calls.NAME, calls.DOCKER_EXEC, 0.05),
    Target("call, one a second: p95", calls.NAME, 15, "ms", lambda row: row.ours.p95),
    _ratio(
        "cells a second, 4 workers: to docker run",
        sustained.rate_name(sustained.MANY_WORKERS),
        calls.DOCKER_RUN,
        2.5,
        at_least=True,
    ),
    _ratio("sandbox run -- true: to docker run", cold.NAME, calls.DOCKER_RUN, 1.3),
    Target("1 GiB to stdout: memory", streaming.MEMORY, 150, "MiB", lambda row: row.ours.p99),
    _added("proxy: added to a connection, p50", egress.FIRST_BYTE, 1),
    _ratio("proxy: new tunnels: to tinyproxy", egress.RATE, egress.TINYPROXY, 0.7, at_least=True),
    _ratio("proxy: bulk: to direct", egress.BULK, egress.DIRECT, 0.4, at_least=True),
    _ratio("proxy: bulk: to tinyproxy", egress.BULK, egress.TINYPROXY, 1.5, at_least=True),
    _added("from a cell: added to a connection, p50", egress_cell.FIRST_BYTE, 3),
    _ratio("from a cell: bulk: to direct", egress_cell.BULK, egress.DIRECT, 0.2, at_least=True),
)


def judged(rows: Iterable[Row], targets: Iterable[Target] = TARGETS) -> list[Judged]:
    """Every target, in order."""
    by_name = {row.name: row for row in rows}
    return [Judged(target, _measured(target, by_name)) for target in targets]


def _measured(target: Target, rows: Mapping[str, Row]) -> float | None:
    row = rows.get(target.row)
    if row is None or (target.peer and target.peer not in row.peers):
        return None
    return target.figure(row)
