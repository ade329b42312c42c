"""`scripts/bench`: which benchmarks run, and where their figures go."""

import argparse
import json
import sys
from collections.abc import Iterable
from subprocess import CalledProcessError
from textwrap import fill

from runner.errors import SandboxError
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
from scripts.benchmarks.effort import FULL, QUICK, Effort
from scripts.benchmarks.machine import described, sentence
from scripts.benchmarks.output import as_json
from scripts.benchmarks.progress import say
from scripts.benchmarks.report import PATH, markdown
from scripts.benchmarks.row import Row
from scripts.benchmarks.table import judgements, table
from scripts.benchmarks.targets import judged

BENCHMARKS = {
    "calls": calls.measured,
    "sustained": sustained.measured,
    "cold": cold.measured,
    "memory": memory.measured,
    "streaming": streaming.measured,
    "survey": survey.measured,
    "egress": egress.measured,
    "egress_cell": egress_cell.measured,
}


def main() -> int:
    """Measure, then write."""
    options = _options()
    facts = described()
    names = [options.only] if options.only else list(BENCHMARKS)
    rows = _measured(names, QUICK if options.quick else FULL)
    if options.json:
        print(json.dumps(as_json(facts, rows), indent=2))
        return 0
    print(fill(sentence(facts), 80), table(rows), judgements(judged(rows)), sep="\n\n")
    if not options.only:  # a page with holes would be worse than an old one
        PATH.write_text(markdown(facts, rows, quick=options.quick))
        say("docs/benchmarks.md is written.")
    return 0


def _measured(names: Iterable[str], effort: Effort) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        say(f"Measuring: {name}")
        rows += BENCHMARKS[name](effort)
    return rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print JSON, and write no page")
    parser.add_argument("--quick", action="store_true", help="few samples: less than a minute")
    parser.add_argument("--only", choices=BENCHMARKS, help="one benchmark; writes no page")
    return parser.parse_args()


def _ended() -> int:
    try:
        return main()
    except SandboxError as error:
        say(f"{error} {error.fix}".strip())
        return error.exit_code
    except (CalledProcessError, RuntimeError) as error:
        say(f"{error} What cannot run cannot be measured: `sandbox doctor` looks for the cause.")
        return 1


sys.exit(_ended())
