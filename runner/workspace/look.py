"""One look through the folders of a workspace, reading again only what changed since the last."""

import os
from collections import deque
from collections.abc import Container, Mapping

from runner.workspace.folders import read
from runner.workspace.reading import Below, Reading, Way
from runner.workspace.walk import Siblings, is_gone

MOST_FOLDERS = 50_000
MOST_ENTRIES = 2_000_000
MOST_DEPTH = 64
_LONGEST_PATH = 3_000
"""Bytes; Linux takes 4,096 for the whole of an absolute path."""


class Look:
    """Goes through folders nearest first, so that what a limit hides is what lies deepest.

    `stale` are the paths whose signature is no longer what it was. `unseen` says in a sentence
    what was not looked at; empty when everything was.
    """

    def __init__(self, root: int, root_path: str, stale: Container[str] = ()) -> None:
        self.root = root
        self.root_path = root_path
        self.unseen = ""
        self._stale = stale
        self._left = MOST_ENTRIES
        self._siblings = Siblings(root)

    def through(self, start: Below, before: Mapping[str, Reading]) -> dict[str, Reading]:
        """Every folder from `start` down, by path. A folder that vanishes meanwhile is left out."""
        readings: dict[str, Reading] = {}
        queue = deque([start])
        while queue:
            below = queue.popleft()
            if self._is_too_much(below.path, len(readings)):
                continue
            reading = self._reading(below, before.get(below.path))
            if reading is not None:
                readings[below.path] = reading
                self._left -= reading.entry_count
                queue.extend(reading.folders)
        return readings

    def _reading(self, below: Below, before: Reading | None) -> Reading | None:
        try:
            if before is None or not self._is_current(below, before):
                return self._read(below)
        except OSError as error:
            # Gone, or swapped for something else: its parent changed, and is read next time.
            if not is_gone(error):
                why = (error.strerror or "it cannot be read").lower()
                self.unseen = self.unseen or f"the folder {below.path!r} cannot be read: {why}"
            return None
        return before

    def _is_current(self, below: Below, before: Reading) -> bool:
        return before.below == below and not before.racy and below.path not in self._stale

    def again(self, before: Mapping[str, Reading]) -> dict[str, Reading] | None:
        """Read once more what is racy; `None` when something did change after all."""
        fresh = dict(before)
        for path, old in before.items():
            if old.racy:
                fresh[path] = self._read(old.below)
                if fresh[path]._replace(racy=True) != old:
                    return None
        return fresh

    def _read(self, below: Below) -> Reading:
        folder = self._siblings.open(below.path)
        try:
            return read(folder, below)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Let go of open folders."""
        self._siblings.close()

    def _is_too_much(self, path: str, folders: int) -> bool:
        why = ""
        if folders >= MOST_FOLDERS:
            why = f"it has more than {MOST_FOLDERS:,} folders"
        elif self._left < 0:
            why = f"it has more than {MOST_ENTRIES:,} files"
        elif path.count("/") >= MOST_DEPTH or len(os.fsencode(path)) > _LONGEST_PATH:
            why = f"it is more than {MOST_DEPTH} folders deep at {path[:80]!r}…"
        self.unseen = self.unseen or why
        return bool(why)


WORKSPACE = Below("", Way.TREE)
