"""The whole way out of a cell: its loopback, the pod's relay, the proxy, the server."""

import json
from collections.abc import Iterator

from runner import Sandbox
from scripts.benchmarks.calls import OURS
from scripts.benchmarks.effort import Effort
from scripts.benchmarks.egress import CLIENT, DIRECT, asked, row
from scripts.benchmarks.egress_ways import NUMBER, serving
from scripts.benchmarks.ground import workspace
from scripts.benchmarks.progress import say
from scripts.benchmarks.row import Row

FIRST_BYTE = "from a cell: connecting, to the first byte"
BULK = "from a cell: bulk through a tunnel"


def measured(effort: Effort) -> Iterator[Row]:
    """Two rows, beside the same client on the host without a proxy."""
    first: dict[str, list[float]] = {OURS: [], DIRECT: []}
    bulk: dict[str, list[float]] = {OURS: [], DIRECT: []}
    with (
        serving() as port,
        workspace(folders=10) as folder,
        Sandbox(folder, allowed_domains=[f"{NUMBER}:{port}"]) as box,
    ):
        _asked_in_cell(box, ["first-byte", NUMBER, str(port), "1"])
        for number in range(effort.tunnel_slices):
            for words, found in (
                (("first-byte", NUMBER, port, effort.tunnels), first),
                (("bulk", NUMBER, port, effort.bulk_mib), bulk),
            ):
                found[DIRECT] += asked(words, {})
                found[OURS] += _asked_in_cell(box, [str(word) for word in words])
            say(f"  {number + 1} of {effort.tunnel_slices}")
    yield row(FIRST_BYTE, "ms", first)
    yield row(BULK, "MB/s", bulk)


def _asked_in_cell(box: Sandbox, words: list[str]) -> list[float]:
    result = box.run(["python3", "-I", "-S", "-c", CLIENT.read_text(), *words])
    if result.exit_code:
        raise RuntimeError(f"in a cell the client failed: {result.stderr.text()}")
    samples: list[float] = json.loads(result.stdout.text())
    return samples
