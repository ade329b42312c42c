"""The mounts that hold a survey's findings in place in a cell."""

import os
from pathlib import Path

from runner.errors import WorkspaceRefused
from runner.interfaces import Mount
from runner.workspace.content import TARGET
from runner.workspace.findings import Survey, depth_first

MOST_MOUNTS = 1_000
"""An engine needs about a millisecond for each."""


def mounts(survey: Survey, root: str | os.PathLike[str], target: str = TARGET) -> tuple[Mount, ...]:
    """What to mount after the workspace itself, parents before children.

    Pins are writable, everything protected is not.

    Raises:
        WorkspaceRefused: a cell would not hold what must be protected.
    """
    _refuse_holes(survey)
    wanted = [(pin.path, True) for pin in survey.pins]
    wanted += [(found.path, False) for found in survey.protected if found.is_mounted]
    if len(wanted) > MOST_MOUNTS:
        raise WorkspaceRefused(
            f"protecting {survey.root!r} takes {len(wanted):,} mounts, more than {MOST_MOUNTS:,}",
            fix="start sandbox in a smaller folder: each repository in this one takes a few",
        )
    wanted.sort(key=lambda item: depth_first(item[0]))
    return tuple(
        Mount(Path(f"{os.fspath(root)}/{_mountable(path)}"), f"{target}/{path}", writable)
        for path, writable in wanted
    )


def _refuse_holes(survey: Survey) -> None:
    if survey.unseen:
        raise WorkspaceRefused(
            f"{survey.root!r} cannot be protected as a whole: {survey.unseen}",
            fix="start sandbox in a smaller folder, or repair or remove the one named",
        )
    if survey.exposed:
        names = ", ".join(repr(path) for path in survey.exposed[:5])
        more = f" and {len(survey.exposed) - 5} more" if len(survey.exposed) > 5 else ""
        first = repr(f"{survey.root}/{survey.exposed[0]}")
        raise WorkspaceRefused(
            f"protected files have a second name (hard link) that could be written: {names}{more}",
            fix=f"give each a content of its own: cp -p {first} F && mv F {first}",
        )


def _mountable(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise WorkspaceRefused(
            f"the protected path {path!r} is not UTF-8, so no engine can mount it",
            fix="rename the folder or file",
        ) from None
    return path
