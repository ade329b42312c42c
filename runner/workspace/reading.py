"""What one folder of the workspace held when it was last read."""

from enum import Enum
from typing import NamedTuple

from runner.workspace.walk import Kind


class Way(Enum):
    """How a folder is looked through."""

    TREE = "every name, all the way down"
    QUIET = "its own names, nothing below"
    SEALED = "inside a protected folder: what could still be changed from outside it"
    GIT = "a git directory"
    GIT_OBJECTS = "its objects"
    GIT_OBJECTS_INFO = "its objects/info"
    GIT_WORKTREES = "its worktrees"
    GIT_WORKTREE = "one of its worktrees"
    GIT_REBASE = "a rebase that is under way"


class Role(Enum):
    """What a protected path is, as far as its content decides anything."""

    PLAIN = "protected by its name alone"
    POINTER = "a `.git` that is not a folder"
    CONFIG = "git settings"
    HOOKS = "git hooks"
    INFO = "git's info folder"
    COMMON = "where the rest of a git directory is"
    BACK = "where a worktree is"
    ALTERNATES = "where more objects are"
    STEPS = "the steps of a rebase"


class Mark(NamedTuple):
    """A path that counts, and the git directory it is part of."""

    path: str
    role: Role
    repository: str | None = None


class Below(NamedTuple):
    """A folder to be looked through next."""

    path: str
    way: Way
    repository: str | None = None


class Entry(NamedTuple):
    """An entry of a protected folder."""

    path: str
    kind: Kind
    links: int
    """Its hard links; 0 unless it is a regular file."""


Signature = tuple[int, int]
"""Inode and change time (ns): differs whenever anything in a folder, or of a file, did."""


class Reading(NamedTuple):
    """One folder, as it was."""

    below: Below
    signature: Signature
    racy: bool
    """It may have changed again without its signature showing that."""
    entry_count: int
    """How many entries it has."""
    marks: tuple[Mark, ...] = ()
    folders: tuple[Below, ...] = ()
    entries: tuple[Entry, ...] = ()
    """Only of a folder that is `SEALED`."""
    repository: str | None = None
    """What to take away so that git no longer finds a repository here; `None` if it finds none."""
    writable: str | None = None
    """A folder in this protected one that cells may write all the same."""

    @property
    def way(self) -> Way:
        """How it was looked through."""
        return self.below.way
