"""What a check says, and the promise that every check says something."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from runner.errors import SandboxError

_REPORT = "Try again; if it stays, report it with what `sandbox doctor --json` prints."
NOT_KNOWN = "What cannot be checked is not known to hold."


class Level(StrEnum):
    """`BROKEN`: sandbox cannot work, or does not confine as promised. `WEAK`: it works and could
    be stronger. `OK`: nothing to do; plain facts are `OK`, too.
    """

    OK = "ok"
    WEAK = "weak"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fix` is empty exactly when there is nothing to do.

    The fields are those of `sandbox doctor --json`: they may be added to, never renamed.
    """

    name: str
    level: Level
    found: str
    why: str
    fix: str = ""


def ok(name: str, found: str, why: str) -> Finding:
    """Nothing to do."""
    return Finding(name, Level.OK, found, why)


def weak(name: str, found: str, why: str, fix: str) -> Finding:
    """It works, and could be stronger."""
    return Finding(name, Level.WEAK, found, why, fix)


def broken(name: str, found: str, why: str, fix: str) -> Finding:
    """It cannot work, or does not confine."""
    return Finding(name, Level.BROKEN, found, why, fix)


def attempted(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The check's findings; one that fails to run becomes a broken finding called `name`.

    Never raises: a doctor that crashes over a sick machine helps nobody.
    """
    try:
        yield from check()
    except SandboxError as error:
        yield broken(name, str(error), NOT_KNOWN, error.fix or _REPORT)
    # Whatever a sick machine makes a check raise (the docker package lets its HTTP library's
    # errors through), the findings of the others have to reach the user.
    except Exception as error:  # noqa: BLE001 - the promise above
        said = f"the check failed: {type(error).__name__}: {error}"
        yield broken(name, said, NOT_KNOWN, _REPORT)
