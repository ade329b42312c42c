"""Whether a process lives, told by a lock that it holds: the kernel lets go when it is dead."""

import fcntl
from pathlib import Path

from tests.security.lab import eventually

HOLD = """
import fcntl, os, signal, time
def hold():
    lock = open("lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    open("held", "w").close()
    return lock
"""
"""For programs that run in the folder: `lock = hold()`."""


def is_held(folder: Path) -> bool:
    """Whether somebody holds it right now."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_let_go(folder: Path) -> bool:
    """Whether nobody holds it, or will any more."""
    return eventually(lambda: not is_held(folder))


def forget(folder: Path) -> None:
    """Get ready for the next holder."""
    for name in ("lock", "held"):
        (folder / name).unlink(missing_ok=True)
