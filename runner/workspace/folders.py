"""Reading one folder: which of its entries are protected, and which are looked through next."""

import os
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runner.workspace.git_layout import LAYOUTS, Layout, is_repository
from runner.workspace.names import QUIET, WRITABLE, is_protected
from runner.workspace.reading import Below, Entry, Mark, Reading, Role, Way
from runner.workspace.spelling import fold
from runner.workspace.walk import Kind

_TICK_NS = 50_000_000
_COARSE_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_GIT = LAYOUTS[Way.GIT]
_GIT_NAMES = frozenset({".git", "head", "objects", "refs", *_GIT.protects})


def is_racy(ctime_ns: int, now_ns: int) -> bool:
    """Whether something that changed at `ctime_ns` may change once more without it showing.

    Kernel clocks tick every 1 to 10 ms; some file systems keep whole seconds only. The same
    thought as git's "racily clean" index entries.
    """
    coarse = ctime_ns % _SECOND_NS == 0
    return ctime_ns > now_ns - (_COARSE_NS if coarse else _TICK_NS)


class _Found(NamedTuple):
    """An entry that may matter."""

    folded: str
    path: str
    kind: Kind


def read(folder: int, below: Below) -> Reading:
    """Read a folder through its descriptor.

    Raises:
        OSError: it cannot be read.
    """
    now_ns = time.time_ns()
    # The signature is taken first: what changes while we read shows the next time.
    status = os.fstat(folder)
    with os.scandir(folder) as entries:
        content = _sealed(below, entries) if below.way is Way.SEALED else _open(below, entries)
    return Reading(
        below=below,
        signature=(status.st_ino, status.st_ctime_ns),
        racy=is_racy(status.st_ctime_ns, now_ns),
        entry_count=content.count,
        marks=tuple(content.marks),
        folders=tuple(content.folders),
        entries=tuple(content.entries),
        repository=content.repository,
        writable=content.writable,
    )


class _Content:
    """What a folder holds, being collected."""

    __slots__ = ("count", "entries", "folders", "marks", "repository", "writable")

    def __init__(self) -> None:
        self.count = 0
        self.marks: list[Mark] = []
        self.folders: list[Below] = []
        self.entries: list[Entry] = []
        self.repository: str | None = None
        self.writable: str | None = None


def _open(below: Below, entries: Iterable[os.DirEntry[str]]) -> _Content:
    """A folder whose names decide."""
    content = _Content()
    layout = LAYOUTS.get(below.way)
    if layout is not None:
        repository = below.path if below.way is Way.GIT else below.repository
        content.repository = below.path if below.way is Way.GIT else None
        for found in _all(below.path, entries, content):
            _lay_out(found, layout, repository, content)
        return content
    folder = fold(below.path.rpartition("/")[2])
    mattering = list(_mattering(below.path, folder, entries, content))
    heads = {found.folded: found.path for found in mattering}
    is_bare = is_repository(heads)
    content.repository = heads["head"] if is_bare else None
    for found in mattering:
        if is_bare and (found.folded in _GIT.protects or found.folded in _GIT.opens):
            _lay_out(found, _GIT, below.path, content)
        else:
            _place(found, folder, below.way, content)
    return content


def _mattering(
    path: str, folder: str, entries: Iterable[os.DirEntry[str]], content: _Content
) -> Iterator[_Found]:
    """The few entries of what may be a million that can matter."""
    before = f"{path}/" if path else ""
    for entry in entries:
        content.count += 1
        folded = fold(entry.name)
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder or folded in _GIT_NAMES or is_protected(folded, folder):
            yield _Found(folded, before + entry.name, Kind.FOLDER if is_folder else _kind(entry))


def _all(path: str, entries: Iterable[os.DirEntry[str]], content: _Content) -> Iterator[_Found]:
    for entry in entries:
        content.count += 1
        yield _Found(fold(entry.name), f"{path}/{entry.name}", _kind(entry))


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return Kind.LINK
    if entry.is_dir(follow_symlinks=False):
        return Kind.FOLDER
    return Kind.FILE if entry.is_file(follow_symlinks=False) else Kind.OTHER


def _lay_out(found: _Found, layout: Layout, repository: str | None, content: _Content) -> None:
    """An entry of a git directory, by what git keeps under that name."""
    role = layout.protects.get(found.folded)
    if role is not None:
        content.marks.append(Mark(found.path, role, repository))
    way = layout.opens.get(found.folded, layout.every)
    if way is not None and found.kind is Kind.FOLDER:
        content.folders.append(Below(found.path, way, repository))


def _place(found: _Found, folder: str, way: Way, content: _Content) -> None:
    """An entry of any other folder, by its name."""
    is_folder = found.kind is Kind.FOLDER
    if found.folded == ".git":
        if is_folder:
            content.folders.append(Below(found.path, Way.GIT, found.path))
        else:
            content.marks.append(Mark(found.path, Role.POINTER))
    elif is_protected(found.folded, folder):
        content.marks.append(Mark(found.path, Role.PLAIN))
        if is_folder:
            content.folders.append(Below(found.path, Way.SEALED))
    elif is_folder and way is Way.TREE:
        next_way = Way.QUIET if found.folded in QUIET else Way.TREE
        content.folders.append(Below(found.path, next_way))


def _sealed(below: Below, entries: Iterable[os.DirEntry[str]]) -> _Content:
    """A folder that is read-only as a whole: only links and hard links lead out of it."""
    content = _Content()
    writable = WRITABLE.get(fold(below.path.rpartition("/")[2]))
    for entry in entries:
        content.count += 1
        path, kind = f"{below.path}/{entry.name}", _kind(entry)
        links = entry.stat(follow_symlinks=False).st_nlink if kind is Kind.FILE else 0
        content.entries.append(Entry(path, kind, links))
        if kind is Kind.FOLDER and fold(entry.name) == writable:
            content.writable = path
            content.folders.append(Below(path, Way.TREE))
        elif kind is Kind.FOLDER:
            content.folders.append(Below(path, Way.SEALED, below.repository))
    return content
