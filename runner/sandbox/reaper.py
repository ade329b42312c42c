"""Ends used cells in the background, so that no call waits for the engine to do it."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from runner.errors import SandboxError
from runner.sandbox.cell import Cell
from runner.sandbox.departures import Departures


class Reaper:
    """A thread that kills cells, and then says so to whoever gave each one."""

    def __init__(self, departures: Departures) -> None:
        self._departures = departures
        self._queue: SimpleQueue[tuple[Cell, Callable[[], None]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="reaper", daemon=True)
        self._thread.start()

    def take(self, cell: Cell, then: Callable[[], None]) -> None:
        """End the cell some time soon; call `then` when no process of it is left."""
        self._queue.put((cell, then))

    def close(self) -> None:
        """Return when all cells given so far are dead."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            cell, then = item
            try:
                cell.close()
                self._departures.add(cell.id)
                then()
            except SandboxError:
                continue  # the engine went away: the next call says so
