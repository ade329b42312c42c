"""The proxy alone, over loopback: what it adds to a connection, how many it opens, how fast it is.

Server, client, tinyproxy: a process each. Ours decides, resolves, judges and keeps its account.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from scripts.benchmarks.calls import OURS
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.egress_ways import NAME as SERVER
from scripts.benchmarks.egress_ways import NUMBER, our_proxy, serving, tinyproxy
from scripts.benchmarks.figures import Figures
from scripts.benchmarks.progress import say
from scripts.benchmarks.row import Row

DIRECT, TINYPROXY = "direct", "tinyproxy"
FIRST_BYTE = "proxy: connecting, to the first byte"
RATE = "proxy: new tunnels a second"
BULK = "proxy: bulk through a tunnel"

CLIENT = Path(__file__).parent / "egress_client.py"
_CLIENTS = 4
"""Processes that open tunnels side by side."""

_Ways = Mapping[str, tuple[str, dict[str, str]]]


def measured(effort: Effort) -> Iterator[Row]:
    """Three rows, all from slices that alternate."""
    found: dict[str, dict[str, list[float]]] = {FIRST_BYTE: {}, RATE: {}, BULK: {}}
    with ExitStack() as resources:
        port = resources.enter_context(serving())
        ways = _ways(resources, port)
        for host, environment in ways.values():  # the first connection loads what serves it
            asked(("first-byte", host, port, 1), environment)
        for number in range(effort.tunnel_slices):
            for name, (host, environment) in ways.items():
                taken = _slice(effort, host, port, environment)
                for kind, samples in taken.items():
                    found[kind].setdefault(name, []).extend(samples)
            say(f"  {number + 1} of {effort.tunnel_slices}")
    yield row(FIRST_BYTE, "ms", found[FIRST_BYTE])
    yield row(RATE, "tunnels/s", found[RATE])
    yield row(BULK, "MB/s", found[BULK])


def row(name: str, unit: str, samples: Mapping[str, Sequence[float]]) -> Row:
    """Ours beside whoever else was measured."""
    made = Figures.of_costs if unit == "ms" else Figures.of_rates
    figures = {each: made(values) for each, values in samples.items()}
    return Row(name, unit, figures.pop(OURS), figures)


def asked(words: Sequence[object], environment: Mapping[str, str], clients: int = 1) -> list[float]:
    """What clients measure, side by side; with several of them, the sum."""
    command = [sys.executable, "-I", "-S", str(CLIENT), *map(str, words)]
    clean = {"PATH": os.environ["PATH"], **environment}
    running = [subprocess.Popen(command, env=clean, stdout=subprocess.PIPE) for _ in range(clients)]
    said = [each.communicate()[0] for each in running]
    if any(each.returncode for each in running):
        raise RuntimeError("a client of the proxy failed; what it said is above.")
    samples: list[list[float]] = [json.loads(each) for each in said]
    return samples[0] if clients == 1 else [sum(each[0] for each in samples)]


def _ways(resources: ExitStack, port: int) -> _Ways:
    ways = {DIRECT: (NUMBER, dict[str, str]())}
    if (theirs := resources.enter_context(tinyproxy())) is not None:
        ways[TINYPROXY] = (NUMBER, theirs)
    ways[OURS] = (SERVER, resources.enter_context(our_proxy(port)))
    return ways


def _slice(
    effort: Effort, host: str, port: int, environment: Mapping[str, str]
) -> dict[str, list[float]]:
    first = asked(("first-byte", host, port, effort.tunnels), environment)
    many = asked(("rate", host, port, effort.tunnel_seconds), environment, _CLIENTS)
    bulk = asked(("bulk", host, port, effort.bulk_mib), environment)
    return {FIRST_BYTE: first, RATE: many, BULK: bulk}
