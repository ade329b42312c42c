"""What a look through the workspace found: the values the other files of this package exchange.

Paths are relative to the workspace, parts joined with `/`, bytes decoded as `os.fsdecode` does:
a name that is not UTF-8 keeps its bytes as surrogates.
"""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from runner.workspace.content import Content
from runner.workspace.reading import Mark, Reading, Signature
from runner.workspace.walk import Kind

Identity = tuple[int, int]
"""Device and inode."""


class Protected(NamedTuple):
    """One path that stays as it is."""

    path: str
    kind: Kind
    identity: Identity
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    link: str = ""
    """The text of a symbolic link."""
    repository: str | None = None
    """The git directory it is part of; `""` when that is the workspace itself."""
    covered: bool = False
    """It lies in a protected folder, whose mount covers it."""
    inert: bool = False
    """Its content was read, and git can be made to run nothing by it."""
    named: bool = True
    """Protected by its own name; otherwise because a link or a git setting leads to it."""

    @property
    def is_mounted(self) -> bool:
        """Whether a cell gets a mount for it: a link has none, only what it leads to."""
        return not self.covered and self.kind is not Kind.LINK


class Pin(NamedTuple):
    """A folder that is mounted writable onto itself, so that it cannot be renamed away."""

    path: str
    identity: Identity


class Known(NamedTuple):
    """What a survey remembers for the next one."""

    readings: Mapping[str, Reading]
    sealed: Mapping[str, Reading]
    """Protected folders that some link or setting leads to, read once more as such."""
    contents: Mapping[Mark, Content]
    watched: tuple[str, ...] = ()
    """Absolute paths; while all of them have their signature, the survey holds."""
    signatures: tuple[Signature, ...] = ()
    racy: bool = True
    """Something changed so lately that its signature proves nothing."""
    settles: bool = False
    """Reading again what is racy is enough to know that the survey holds."""


class Survey(NamedTuple):
    """Everything protected in a workspace at one moment; `protected` and `pins` are sorted."""

    root: str
    protected: tuple[Protected, ...]
    pins: tuple[Pin, ...]
    repositories: Mapping[str, str]
    """Every git directory, and what to take away so that git no longer finds it."""
    awaited: frozenset[str]
    """Paths that a link or a git setting leads to and that do not exist, nor anything below."""
    exposed: tuple[str, ...]
    """Protected files that can be written by another name: they have more than one hard link."""
    unseen: str
    """A sentence saying where a limit ended the look; empty when the whole tree was seen."""
    key: Hashable
    """Equal for two surveys exactly when a cell made for one may be used for the other."""
    known: Known


def depth_first(path: str) -> list[str]:
    """A sort key that puts a folder before what is in it."""
    return path.split("/")
