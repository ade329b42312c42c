"""Values of options, read with errors that say what would be right."""

import math
import re

from runner.errors import UsageError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)i?b?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
SMALLEST_MEMORY_MIB = 16
LARGEST_MEMORY_MIB = 1024 * 2**20


def memory_mib(text: str) -> int:
    """An amount of memory such as 512m or 4g, in MiB; without a unit it is bytes, as in Docker.

    Raises:
        UsageError: not an amount, or less than a shell needs.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"--memory {text!r} is not an amount of memory.", fix="Write for example 512m or 4g."
        )
    mib = float(match[1]) * _FACTORS[match[2].lower()] / 2**20
    if not SMALLEST_MEMORY_MIB <= mib <= LARGEST_MEMORY_MIB:
        raise UsageError(
            f"--memory {text[:40]!r} is too little or too much.",
            fix=f"From {SMALLEST_MEMORY_MIB}m to {LARGEST_MEMORY_MIB // 2**20}t will do.",
        )
    return int(mib)


def finite(name: str, number: float | None) -> None:
    """Refuse what is a number to Python and to nobody else: nan, inf.

    Raises:
        UsageError: it is one of them.
    """
    if number is not None and not math.isfinite(number):
        raise UsageError(f"{name} {number} is not a number to go by.", fix=f"Write {name} 1.5")


def variables(assignments: list[str]) -> dict[str, str]:
    """NAME=VALUE texts as a mapping; names are checked where they are used.

    Raises:
        UsageError: one has no `=`.
    """
    found = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(
                f"--env {assignment!r} has no value.",
                fix=f"Write --env {assignment}=VALUE; the host's own value is never taken unasked.",
            )
        found[name] = value
    return found
