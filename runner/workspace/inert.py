"""Whether a new part of a git repository can make git run anything.

`git init` and `git clone` must work in a cell, and what they write is protected from then on. So
what they write by default is told apart from what can run a program, by allow-lists only.
"""

from collections.abc import Mapping

from runner.workspace.content import Content
from runner.workspace.git_layout import INERT_INFO
from runner.workspace.reading import Entry, Mark, Reading, Role, Way
from runner.workspace.walk import Kind


def is_inert(mark: Mark, content: Content, readings: Mapping[str, Reading]) -> bool:
    """Whether git runs nothing by it, and it can be protected from now on."""
    if not _is_mountable(mark.path):
        return False
    if mark.role in {Role.CONFIG, Role.BACK}:
        return content.harmless
    if mark.role in {Role.POINTER, Role.COMMON}:
        # A `.git` file of a submodule or worktree leads to a repository that is looked at itself.
        return content.harmless and _is_git(content.points_to, readings)
    if mark.role in {Role.HOOKS, Role.INFO} and content.kind is Kind.FOLDER:
        reading = readings.get(mark.path)
        return reading is not None and all(_is_idle(entry, mark.role) for entry in reading.entries)
    return False


def _is_mountable(path: str) -> bool:
    """Whether an engine can be told the path: its API takes UTF-8 only."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_git(path: str | None, readings: Mapping[str, Reading]) -> bool:
    reading = readings.get(path) if path is not None else None
    return reading is not None and (
        reading.repository is not None or reading.way is Way.GIT_WORKTREE
    )


def _is_idle(entry: Entry, role: Role) -> bool:
    """A file that git only reads data from; one with a second name can still change."""
    if entry.kind is not Kind.FILE or entry.links != 1:
        return False
    name = entry.path.rpartition("/")[2]
    return name.endswith(".sample") if role is Role.HOOKS else name in INERT_INFO
