"""Ends a command when a mount that protects a file from it is taken away while it runs.

The cell cannot do that; the host can, without meaning to: renaming a file over a protected one
takes the mount away in every cell (see `Cell.is_as_proved`), and `git checkout -b` does so to
`.git/config`. From then on the command could write it.
"""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from runner.errors import CellFailed, SandboxError
from runner.sandbox.cell import Cell


class MountWatch:
    """One thread that watches the mounts of all cells that are running something."""

    def __init__(self) -> None:
        self._cells: dict[int, Cell] = {}
        self._exposed: set[Cell] = set()
        self._tables = select.epoll()
        self._end = os.eventfd(0, os.EFD_CLOEXEC)
        self._tables.register(self._end, select.EPOLLIN)
        self._thread = Thread(target=self._work, name="mount watch", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(self, cell: Cell) -> Iterator[None]:
        """While it lasts, the cell is killed as soon as its mounts change.

        Raises:
            CellFailed: they did.
        """
        table = cell.mount_table
        if table is not None:
            self._cells[table] = cell
            self._tables.register(table, select.EPOLLPRI)
        try:
            yield
        finally:
            if table is not None:
                with suppress(OSError):  # closed with the cell already
                    self._tables.unregister(table)
                self._cells.pop(table, None)
        if cell in self._exposed:
            self._exposed.discard(cell)
            raise CellFailed(
                "A protected file was replaced on this machine while the command ran (as git and "
                "editors do to save). That lifts its protection, so the command was ended.",
                fix="Run it again, and leave protected files alone meanwhile.",
            )

    def close(self) -> None:
        """End the thread."""
        os.eventfd_write(self._end, 1)
        self._thread.join()
        self._tables.close()
        os.close(self._end)

    def _work(self) -> None:
        while True:
            for descriptor, _ in self._tables.poll():
                if descriptor == self._end:
                    return
                self._expose(descriptor)

    def _expose(self, table: int) -> None:
        if (cell := self._cells.get(table)) is not None:
            self._exposed.add(cell)
            with suppress(SandboxError):  # the engine went away: the call that is running says so
                cell.kill()
