"""The shape of `scripts/bench --json`, which other programs read."""

from collections.abc import Iterable
from typing import Any

from scripts.benchmarks.machine import Facts
from scripts.benchmarks.row import Row


def as_json(facts: Facts, rows: Iterable[Row]) -> dict[str, Any]:
    """`{"machine":{…},"rows":[{"name","unit","ours","peers","ratio"}]}`."""
    return {"machine": facts, "rows": [row.as_json() for row in rows]}
