"""The figures for people: text that fits 80 columns."""

from collections.abc import Iterable

from scripts.benchmarks.figures import Figures
from scripts.benchmarks.row import Row
from scripts.benchmarks.targets import Judged

_HEADING = f"{'':<40}{'p50':>9}{'p95':>9}{'p99':>9}{'ours/it':>10}"
_JUDGED_HEADING = f"{'It must reach':<42}{'limit':>11}{'measured':>12}  "


def table(rows: Iterable[Row]) -> str:
    """Every row with its peers below it."""
    return "\n".join([_HEADING, *(line for row in rows for line in _lines(row))])


def judgements(found: Iterable[Judged]) -> str:
    """Every target with its limit, what was measured, and the word for it."""
    return "\n".join([_JUDGED_HEADING.rstrip(), *map(_judgement, found)])


def _lines(row: Row) -> Iterable[str]:
    yield f"{row.name} ({row.unit})"
    yield _line("sandbox", row.ours)
    for name, figures in row.peers.items():
        yield f"{_line(name, figures)}{_shown(row.ratio(name)):>10}"


def _line(name: str, figures: Figures) -> str:
    columns = (figures.p50, figures.p95, figures.p99)
    return f"  {name:<38}" + "".join(f"{_shown(each):>9}" for each in columns)


def _judgement(each: Judged) -> str:
    target, sign = each.target, "≥" if each.target.at_least else "≤"
    measured = "" if each.measured is None else f"{_shown(each.measured)} {target.unit}"
    limit = f"{sign} {target.limit:g} {target.unit}"
    return f"{target.what:<42}{limit:>11}{measured:>12}  {each.word}"


def _shown(number: float) -> str:
    """Three digits that say something."""
    decimals = 0 if number >= 100 else 1 if number >= 10 else 2 if number >= 1 else 3
    return f"{number:,.{decimals}f}"
