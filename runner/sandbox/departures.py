"""Containers that have ended and that the engine is still removing.

Nobody waits for that during a session; at its end it is waited for once, for all of them together,
so that nothing is left when a `with` block or a command line is over.
"""

import time
from collections import deque

from runner.errors import SandboxError
from runner.interfaces import Engine

_RECENT_SECONDS = 10.0


class Departures:
    """Ids of containers on their way out. Any thread may add one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids: deque[tuple[float, str]] = deque()

    def add(self, container_id: str) -> None:
        """Note one that has been ended; those of long ago are gone and forgotten."""
        now = time.monotonic()
        self._ids.append((now, container_id))
        while now - self._ids[0][0] > _RECENT_SECONDS:
            self._ids.popleft()

    def await_all(self) -> None:
        """Return when all of them are gone, or the engine is."""
        try:
            while self._ids:
                self._engine.await_removed(self._ids.popleft()[1])
        except SandboxError:
            return  # nothing to wait for any more; `sandbox gc` finds what is left
