"""docs/benchmarks.md: the figures of one run, and how to read them."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

from scripts.benchmarks.machine import Facts, sentence
from scripts.benchmarks.row import Row
from scripts.benchmarks.table import judgements, table
from scripts.benchmarks.targets import judged

PATH = Path(__file__).parents[2] / "docs" / "benchmarks.md"

_TEXT = """\
<!-- Written by `./scripts/bench`; edits are lost with the next run. -->
# Benchmarks

One command measures all of this again, on your machine: `./scripts/bench`
(`--quick` takes less than a minute, `--json` is for programs).

{machine}

```
{targets}
```

```
{rows}
```

## How to read this

- `ours/it` is our p50 divided by that of the line: below 1 is good for times and memory, above 1
  for rates. p95 and p99 are the bad end always: of a rate, what 95 % and 99 % of the slices reach.
- All contestants of a row take turns in one run, so whatever disturbs the machine disturbs all of
  them alike. Ratios therefore say more than times: times differ from machine to machine.
- The workspace is a git repository with ten folders, so cells carry their protected mounts, which
  `docker run` does not have.

## What is measured

- **A call**: `true` through the Python API, with every check and with both searches for protected
  files, from `Sandbox.run()` to its result. At one a second a parked cell is ready for it; back to
  back there is none, and a call takes as long as making a cell does.
- **docker run**: `docker run --rm` of the same image with the same hardening: no network, no
  capabilities, no new privileges, read-only root, the same tmpfs mounts, limits and user, no log.
- **docker exec**: into a container that was started like that, and that all calls share.
- **bwrap**: new namespaces of every kind, the host's programs read-only, private `/tmp`, `/dev` and
  home, no capabilities. It has no resource limits and no system call filter.
- **no sandbox**: `subprocess.run(["true"])` on the host.
- **Cells a second**: slices of each contestant alternate; the first moments of a slice do not
  count, because cells were parked before it.
- **From the shell**: a process of its own for each, Python's start included.
- **Memory of a parked cell**: its processes and the engine's process that watches them (PSS); and
  what its memory cgroup counts, the kernel's part included. Beside it an idle `docker run`.
- **1 GiB to stdout**: from the start of the command to its end, counted byte by byte by a reader;
  the memory is the peak of `sandbox` and of the `docker` client.
- **Proxy**: one process each for the client, the server and tinyproxy; ours has a rule for the
  server, resolves and judges its address, and keeps its account. From the beginning of a connection
  to the first byte that comes back; tunnels opened by four clients at once; one long download.
- **From a cell**: the same client in a cell, through the pod's relay and the proxy, beside one
  on the host without any of it.
- **Larger workspaces**: the same call where there is more to search. An unchanged folder costs
  one question to the kernel.
"""


_QUICK = " A quick run: few samples."


def markdown(facts: Facts, rows: Sequence[Row], *, quick: bool) -> str:
    """The whole page."""
    return _TEXT.format(
        machine=fill(f"Measured on {sentence(facts)}{_QUICK if quick else ''}", 100),
        targets=judgements(judged(rows)),
        rows=table(rows),
    )
