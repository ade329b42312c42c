"""Where a path of the workspace leads when links are followed, without ever leaving it."""

import errno
import os
import posixpath
import stat
from typing import NamedTuple

from runner.workspace.walk import is_gone, link_text, status

_MOST_LINKS = 40
"""As many as Linux follows."""


class Trace(NamedTuple):
    """Where a path leads when links are followed, as the host would."""

    passed: tuple[tuple[str, os.stat_result], ...]
    """Every path on the way that exists, links and folders, the end included."""
    links: tuple[str, ...]
    """The links among them."""
    end: str | None
    """What it leads to; `None` when that is outside the workspace or does not exist."""
    missing: str | None
    """What it would lead to if that existed."""


def trace(root: int, root_path: str, path: str) -> Trace:
    """Follow a relative path through links, never leaving the workspace.

    Raises:
        OSError: looking itself failed; that nothing is there is an answer.
    """
    todo = path.split("/")[::-1]
    here: list[str] = []
    passed: list[tuple[str, os.stat_result]] = []
    links: list[str] = []
    while todo:
        part = todo.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            if not here:
                return Trace(tuple(passed), tuple(links), None, None)
            here.pop()
            continue
        reached = "/".join([*here, part])
        step = _step(root, reached)
        if step is None:
            missing = posixpath.normpath("/".join([reached, *todo[::-1]]))
            return Trace(tuple(passed), tuple(links), None, missing)
        found, text = step
        passed.append((reached, found))
        if not text:
            here.append(part)
            continue
        links.append(reached)
        inside = within(root_path, text) if text.startswith("/") else text
        if inside is None or len(links) > _MOST_LINKS:
            return Trace(tuple(passed), tuple(links), None, None)
        here = [] if text.startswith("/") else here
        todo.extend(inside.split("/")[::-1])
    return Trace(tuple(passed), tuple(links), "/".join(here) or None, None)


def _step(root: int, path: str) -> tuple[os.stat_result, str] | None:
    """What is at a path, with the text of a link; `None` when nothing is."""
    try:
        found = status(root, path)
        return found, link_text(root, path) if stat.S_ISLNK(found.st_mode) else ""
    except ValueError:
        # A NUL in a git setting's value.
        return None
    except OSError as error:
        if is_gone(error) or error.errno in {errno.ENAMETOOLONG, errno.EACCES}:
            return None
        raise


def within(root: str, path: str) -> str | None:
    """An absolute path as one relative to the root, by its text alone; `None` when not in it."""
    if path == root:
        return ""
    return path[len(root) + 1 :] if path.startswith(f"{root}/") else None
