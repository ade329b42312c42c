"""Parked cells, made ahead of the calls that will use them."""

import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Lock, Thread

from runner.sandbox.cell import Cell
from runner.workspace.findings import Survey

_MAKERS = 3
"""Threads that make cells. The engine works on several at once; more than this gains nothing."""

_QUIET_SECONDS = 0.05
"""After a cell was taken, the next is not begun for so long, unless somebody waits for it: making
it would take the processor from the call that is just running (4 ms of 8, measured)."""


class Pool:
    """Hands out cells made for one survey of the workspace; `size` of them wait.

    Without `refill` only the first `size` are made ahead; further ones when they are asked for.
    The survey is named with every `take`. Cells that were made for another one would protect the
    wrong paths: they are let go. With size 0 every cell is made when it is asked for.
    """

    def __init__(
        self,
        make: Callable[[Survey], Cell],
        release: Callable[[Cell], None],
        size: int,
        *,
        refill: bool = True,
    ) -> None:
        self._make = make
        self._release = release
        self._size = size
        self._refill = refill
        self._survey: Survey | None = None
        self._parked: deque[Cell] = deque()
        self._failure: Exception | None = None
        self._making = 0
        self._waiting = 0
        self._quiet_until = 0.0
        self._resting = False
        self._closed = False
        self._lock = Lock()
        # Two sides of one lock: woken together, waiting takers would keep each other awake.
        self._work_to_do = Condition(self._lock)
        self._cell_or_not = Condition(self._lock)
        self._makers: list[Thread] = []

    def warm(self, found: Survey) -> None:
        """Begin to make cells for this survey."""
        with self._lock:
            self._set_survey(found)
            self._hire()

    def take(self, found: Survey) -> Cell:
        """A cell made for this survey that nobody else gets; waits until there is one.

        Raises:
            EngineError, CellFailed: it could not be made.
        """
        if self._size == 0:
            return self._make(found)
        with self._lock:
            self._set_survey(found)
            self._resting = False
            self._waiting += 1
            self._hire()
            try:
                cell = self._next_parked(found)
            finally:
                self._waiting -= 1
                if not self._refill:
                    self._size = 0
                self._hire()
        if cell is None:  # another thread saw the workspace change: its cells are not for this call
            return self._make(found)
        if not cell.is_as_proved():
            self._release(cell)
            return self._make(found)
        return cell

    def close(self) -> None:
        """Let go of all cells and wait for the threads that make them."""
        with self._lock:
            self._closed = True
            self._drop_parked()
            self._work_to_do.notify_all()
            self._cell_or_not.notify_all()
        for maker in self._makers:
            maker.join()
        self._drop_parked()

    def _next_parked(self, found: Survey) -> Cell | None:
        while not self._parked:
            if self._closed or not self._is_current(found):
                return None
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            self._cell_or_not.wait()
        if not self._is_current(found):
            return None
        self._quiet_until = time.monotonic() + _QUIET_SECONDS
        return self._parked.popleft()

    def _is_current(self, found: Survey) -> bool:
        return self._survey is not None and self._survey.key == found.key

    def _set_survey(self, found: Survey) -> None:
        if not self._is_current(found):
            self._survey = found
            self._failure = None
            self._drop_parked()
            self._cell_or_not.notify_all()

    def _drop_parked(self) -> None:
        while self._parked:
            self._release(self._parked.popleft())

    def _hire(self) -> None:
        self._work_to_do.notify_all()
        wanted = min(_MAKERS, self._missing() + self._making)
        while len(self._makers) < wanted and not self._closed:
            maker = Thread(target=self._work, name="cell maker", daemon=True)
            self._makers.append(maker)
            maker.start()

    def _missing(self) -> int:
        ahead = self._size + self._waiting if self._refill else max(self._size, self._waiting)
        return ahead - len(self._parked) - self._making

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._closed and (pause := self._pause()) != 0:
                    self._work_to_do.wait(pause)
                if self._closed or self._survey is None:
                    return
                self._making += 1
                found = self._survey
            self._make_one(found)

    def _pause(self) -> float | None:
        """Seconds a maker has to wait before it makes a cell; `None` is until something changes."""
        if self._missing() <= 0 or self._failure is not None or self._resting:
            return None
        if self._waiting:
            return 0
        return max(0, self._quiet_until - time.monotonic())

    def _make_one(self, found: Survey) -> None:
        cell, failure = None, None
        try:
            cell = self._make(found)
        except Exception as error:  # noqa: BLE001 - for the taker, who would wait for ever otherwise
            failure = error
        with self._lock:
            self._making -= 1
            wanted = self._is_current(found)
            if cell is not None and (self._closed or not wanted):
                self._release(cell)
            elif cell is not None:
                self._parked.append(cell)
            elif wanted and self._waiting:
                self._failure = failure
            else:  # nobody to tell: the next one who asks has it tried again
                self._resting = True
            self._cell_or_not.notify_all()
