"""What the benchmarks say while they run, on stderr: stdout is for figures."""

import sys


def say(text: str) -> None:
    """One line."""
    print(text, file=sys.stderr, flush=True)
