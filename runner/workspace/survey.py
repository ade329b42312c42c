"""What is protected in the workspace right now.

It is asked before every call, so an unchanged workspace must cost next to nothing: every folder
and protected file is only asked for its change time, which nobody can set back.
"""

import os
from collections.abc import Callable
from contextlib import closing
from operator import attrgetter

from runner.errors import WorkspaceRefused
from runner.workspace.findings import Known, Survey
from runner.workspace.gather import Gathering
from runner.workspace.look import WORKSPACE, Look
from runner.workspace.reading import Signature
from runner.workspace.settle import settled
from runner.workspace.walk import open_root

_signature: Callable[[os.stat_result], Signature] = attrgetter("st_ino", "st_ctime_ns")


def survey(root: str | os.PathLike[str], previous: Survey | None = None) -> Survey:
    """Look through the workspace; gives `previous` itself back when nothing changed since.

    Limits do not raise: the survey says in `unseen` what it did not look at, and holds the rest.

    Raises:
        WorkspaceRefused: the workspace folder itself is gone or has become something else, or
            the system keeps us from looking.
    """
    root_path = os.fspath(root)
    known = previous.known if previous is not None and previous.root == root_path else _NOTHING
    stale = _stale(known, root_path)
    if previous is not None and not known.racy and not stale:
        return previous
    descriptor = _opened(root_path)
    try:
        with closing(Look(descriptor, root_path, stale)) as look:
            again = settled(look, known) if previous is not None and not stale else None
            if previous is not None and again is not None:
                return previous._replace(known=again)
            readings = look.through(WORKSPACE, known.readings)
            return Gathering(look, readings, known).survey()
    except OSError as error:
        # For instance no file descriptor left: what cannot be looked at must not pass for empty.
        raise WorkspaceRefused(
            f"the workspace {root_path!r} cannot be looked through: {error.strerror}",
            fix="close other programs and try again",
        ) from error
    finally:
        os.close(descriptor)


def _opened(root_path: str) -> int:
    try:
        return open_root(root_path)
    except OSError as error:
        raise WorkspaceRefused(
            f"the workspace {root_path!r} can no longer be opened: {error.strerror}",
            fix="start again in a folder that exists",
        ) from error


_NOTHING = Known({}, {}, {})


def _stale(known: Known, root_path: str) -> frozenset[str]:
    """The relative paths whose signature is not what it was."""
    try:
        # No Python between two system calls: this line is what a call waits for.
        now: tuple[Signature | None, ...] = tuple(map(_signature, map(os.lstat, known.watched)))
    except OSError:
        now = tuple(map(_signature_or_none, known.watched))
    if now == known.signatures:
        return frozenset()
    start = len(root_path) + 1
    pairs = zip(known.watched, known.signatures, now, strict=True)
    return frozenset(path[start:] for path, was, is_now in pairs if was != is_now)


def _signature_or_none(path: str) -> Signature | None:
    try:
        return _signature(os.lstat(path))
    except OSError:
        return None
