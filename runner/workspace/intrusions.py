"""What happened to protected paths between two surveys: pure, over what the surveys hold.

In a cell, what existed is mounted and cannot be touched; what did not exist can be created, and
links can be replaced. The user's own tools can do all of it, so each kind says only what is known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.workspace.findings import Protected, Survey, depth_first
from runner.workspace.walk import Kind


@dataclass(frozen=True, slots=True)
class Appeared:
    """A protected path that was not there; for a new repository, what git finds it by."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Replaced:
    """Something else is at a protected path; `link` is the text of the link that was there."""

    path: str
    kind: Kind
    link: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A protected file has another content, though no cell could write it.

    The user's own tools did, or it had a second name.
    """

    path: str


@dataclass(frozen=True, slots=True)
class Vanished:
    """A protected path is gone."""

    path: str


Intrusion = Appeared | Replaced | Changed | Vanished


def compare(before: Survey, after: Survey) -> tuple[Intrusion, ...]:
    """What happened between two surveys of one workspace, by path.

    What is inert (see `inert`) may appear: it runs nothing, and is protected from then on.
    """
    was = {found.path: found for found in before.protected}
    happened: dict[str, Intrusion] = {}
    for intrusion in _happened(before, after, was):
        happened.setdefault(intrusion.path, intrusion)
    return tuple(happened[path] for path in sorted(happened, key=depth_first))


def _happened(
    before: Survey, after: Survey, was: Mapping[str, Protected]
) -> Iterator[Appeared | Replaced | Changed | Vanished]:
    for found in after.protected:
        old = was.get(found.path)
        if old is None:
            yield from _appeared(found, before, after)
        else:
            yield from _differs(old, found)
    if not after.unseen:
        yield from _vanished(before, after)


def _appeared(found: Protected, before: Survey, after: Survey) -> Iterator[Appeared]:
    if found.inert or found.covered:
        return
    # What a new link leads to was there and is the user's: only the link itself is an intrusion.
    if not found.named and not _was_awaited(found.path, before):
        return
    repository = _new_repository(found, before, after)
    if repository is None:
        yield Appeared(found.path, found.kind)
        return
    taken_by = after.repositories[repository]
    yield Appeared(taken_by, Kind.FOLDER if taken_by == repository else Kind.FILE)


def _was_awaited(path: str, before: Survey) -> bool:
    """Whether something protected led here already, and nothing was here."""
    return any(missing == path or missing.startswith(f"{path}/") for missing in before.awaited)


def _new_repository(found: Protected, before: Survey, after: Survey) -> str | None:
    """The outermost new `.git` it is in, or else the new repository it is part of."""
    new = after.repositories.keys() - before.repositories.keys()
    if found.repository not in new:
        return None
    folders = [path for path in new if after.repositories[path] == path]
    outer = [path for path in folders if found.path.startswith(f"{path}/")]
    return min(outer, key=len, default=found.repository)


def _differs(old: Protected, found: Protected) -> Iterator[Replaced | Changed]:
    if found.covered or (found.inert and found.kind is old.kind):
        return
    if (old.kind, old.identity, old.link) != (found.kind, found.identity, found.link):
        yield Replaced(found.path, found.kind, old.link)
    elif found.kind is Kind.FILE and _version(old) != _version(found):
        yield Changed(found.path)


def _version(found: Protected) -> tuple[int, int, int]:
    return (found.size, found.mtime_ns, found.ctime_ns)


def _vanished(before: Survey, after: Survey) -> Iterator[Vanished]:
    there = {found.path for found in after.protected}
    for old in before.protected:
        if old.path in there or old.covered or not old.named:
            continue
        gone = old.repository in before.repositories and old.repository not in after.repositories
        whole = before.repositories[old.repository] if gone and old.repository else old.path
        yield Vanished(whole)
