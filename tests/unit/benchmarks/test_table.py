"""What people read fits a terminal, and what is published names no machine."""

import getpass
import os
import socket
from pathlib import Path

from scripts.benchmarks import (
    calls,
    cold,
    egress,
    egress_cell,
    memory,
    streaming,
    survey,
    sustained,
)
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.report import markdown
from scripts.benchmarks.row import Row
from scripts.benchmarks.table import judgements, table
from scripts.benchmarks.targets import judged

_HUGE = Figures(123_456.7, 1_234.5, 0.00123)
_PEERS = (
    calls.DOCKER_EXEC,
    calls.DOCKER_RUN,
    calls.PLAIN,
    calls.BWRAP,
    egress.DIRECT,
    egress.TINYPROXY,
)
_NAMES = (
    calls.NAME,
    cold.NAME,
    sustained.CALL,
    sustained.rate_name(1),
    sustained.rate_name(sustained.MANY_WORKERS),
    memory.PROCESSES,
    memory.CGROUP,
    streaming.RATE,
    streaming.MEMORY,
    egress.FIRST_BYTE,
    egress.RATE,
    egress.BULK,
    egress_cell.FIRST_BYTE,
    egress_cell.BULK,
    *map(survey.NAME.format, survey.LARGE),
)
_ROWS = [Row(name, "cells/s", _HUGE, dict.fromkeys(_PEERS, _HUGE)) for name in _NAMES]
_FACTS: dict[str, str | int | float] = {
    "cores": 2,
    "memory_gib": 23.5,
    "architecture": "x86_64",
    "kernel": "6.1.0",
    "engine": "20.10.24",
    "runc": "1.1.5",
    "storage": "overlay2",
    "cgroup": "1",
    "bwrap": "0.8.0",
    "python": "3.11.7",
}


def test_the_tables_fit_80_columns() -> None:
    lines = [*table(_ROWS).splitlines(), *judgements(judged(_ROWS)).splitlines()]
    assert [line for line in lines if len(line) > 80] == []


def test_every_target_has_a_row_that_is_measured() -> None:
    assert [each.target.what for each in judged(_ROWS) if each.measured is None] == []


def test_a_row_shows_each_peer_with_its_ratio() -> None:
    row = Row("call", "ms", Figures(2.5, 9.87, 123.4), {"bwrap": Figures(10, 20, 30)})
    assert [line.split() for line in table([row]).splitlines()[1:]] == [
        ["call", "(ms)"],
        ["sandbox", "2.50", "9.87", "123"],
        ["bwrap", "10.0", "20.0", "30.0", "0.250"],
    ]


def test_a_target_is_told_in_words() -> None:
    row = Row(calls.NAME, "ms", Figures(5, 6, 7))
    first = judgements(judged([row])).splitlines()[1]
    assert first.split() == [
        "call,",
        "one",
        "a",
        "second:",
        "p50",
        "≤",
        "4",
        "ms",
        "5.00",
        "ms",
        "missed",
    ]


def test_the_page_says_when_it_was_a_quick_run() -> None:
    quick, full = markdown(_FACTS, _ROWS, quick=True), markdown(_FACTS, _ROWS, quick=False)
    assert ("A quick run" in quick, "A quick run" in full) == (True, False)


def test_the_page_names_neither_the_machine_nor_its_paths() -> None:
    page = markdown(_FACTS, _ROWS, quick=False)
    names = {socket.gethostname(), str(Path.home()), str(Path.cwd()), os.sep + getpass.getuser()}
    assert [name for name in names if f" {name}" in page] == []
