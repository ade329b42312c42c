"""Rows, and the shape that other programs read."""

import json

from scripts.benchmarks.figures import Figures
from scripts.benchmarks.output import as_json
from scripts.benchmarks.row import Row

_ROW = Row(
    "call",
    "ms",
    Figures(3, 6, 9),
    {"docker exec": Figures(60, 70, 80), "bwrap": Figures(1.5, 2, 2)},
)


def test_the_ratio_is_ours_to_theirs() -> None:
    assert (_ROW.ratio("docker exec"), _ROW.ratio("bwrap")) == (0.05, 2.0)


def test_the_json_shape_is_the_contract() -> None:
    assert json.loads(json.dumps(as_json({"cores": 2}, [_ROW]))) == {
        "machine": {"cores": 2},
        "rows": [
            {
                "name": "call",
                "unit": "ms",
                "ours": {"p50": 3, "p95": 6, "p99": 9},
                "peers": {
                    "docker exec": {"p50": 60, "p95": 70, "p99": 80},
                    "bwrap": {"p50": 1.5, "p95": 2, "p99": 2},
                },
                "ratio": {"docker exec": 0.05, "bwrap": 2.0},
            }
        ],
    }


def test_a_row_without_peers_has_no_ratio() -> None:
    row = Row("memory", "MiB", Figures(1, 1, 1)).as_json()
    assert (row["peers"], row["ratio"]) == ({}, {})
