"""What a protected path is and what its own content says; read again only when it changed."""

import os
import posixpath
import re
import time
from typing import NamedTuple

from runner.workspace.folders import is_racy
from runner.workspace.git_config import Setting, parse
from runner.workspace.git_layout import DANGEROUS_STEP
from runner.workspace.git_settings import Lead, is_harmless, leads
from runner.workspace.reading import Mark, Role, Signature
from runner.workspace.trace import within
from runner.workspace.walk import Kind, kind_of, link_text, opened_folder, read_file

_LARGEST = 1 << 20
"""Bytes; a longer file is not read, and counts as dangerous."""

TARGET = "/workspace"
"""Where a cell sees the workspace: what a cell's git writes down begins like this."""


class Content(NamedTuple):
    """One protected path."""

    signature: Signature
    racy: bool
    kind: Kind
    device: int
    size: int
    mtime_ns: int
    hard_links: int
    link: str = ""
    harmless: bool = False
    """As far as its own text goes."""
    leads: tuple[tuple[Lead, tuple[str, ...]], ...] = ()
    """What its text names, each with the folders it may be relative to."""
    points_to: str | None = None
    """The folder in the workspace that a git pointer names; `None` when it names none."""


def content_of(root: int, root_path: str, mark: Mark) -> Content:
    """Look at what a mark is about.

    Raises:
        OSError: it is gone, or reached through a link.
    """
    folder, _, name = mark.path.rpartition("/")
    with opened_folder(root, folder) as here:
        now_ns = time.time_ns()
        status = os.stat(name, dir_fd=here, follow_symlinks=False)
    kind = kind_of(status.st_mode)
    link = link_text(root, mark.path) if kind is Kind.LINK else ""
    text = _text(root, mark, kind)
    named, points_to, harmless = _understood(text, root_path, mark)
    return Content(
        signature=(status.st_ino, status.st_ctime_ns),
        racy=is_racy(status.st_ctime_ns, now_ns),
        kind=kind,
        device=status.st_dev,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        hard_links=status.st_nlink if kind is Kind.FILE else 0,
        link=link,
        harmless=harmless and status.st_nlink == 1,
        leads=named,
        points_to=points_to,
    )


def _text(root: int, mark: Mark, kind: Kind) -> str | None:
    """The content of a file that means something to git."""
    if kind is not Kind.FILE or mark.role in {Role.PLAIN, Role.ALTERNATES}:
        return None
    try:
        content = read_file(root, mark.path, _LARGEST)
    except PermissionError:
        return None
    return None if content is None else os.fsdecode(content)


_Leads = tuple[tuple[Lead, tuple[str, ...]], ...]


def _understood(text: str | None, root_path: str, mark: Mark) -> tuple[_Leads, str | None, bool]:
    """What a text names, what it points to, and whether it is harmless."""
    if text is None:
        return (), None, False
    if mark.role is Role.CONFIG:
        return _config(text, root_path, mark)
    if mark.role is Role.STEPS:
        return (), None, re.search(DANGEROUS_STEP, text) is None
    folder = posixpath.dirname(mark.path)
    if mark.role is Role.POINTER:
        marker, text = text[:8], text[8:]
        if marker != "gitdir: ":
            return (), None, False
    points_to = inside(root_path, folder, text.rstrip("\n"))
    return (), points_to, points_to is not None


def _config(text: str, root_path: str, mark: Mark) -> tuple[_Leads, str | None, bool]:
    try:
        settings = parse(text)
    except ValueError:
        return (), None, False
    repository = mark.repository or ""
    tree, harmless = posixpath.dirname(repository), True
    for setting in settings:
        moved = _work_tree(setting, root_path, repository)
        if moved is not None:
            tree = moved
        elif not is_harmless(setting):
            harmless = False
    own = posixpath.dirname(mark.path)
    named = tuple(
        (lead, (own,) if lead.is_include else (tree, repository, own))
        for setting in settings
        for lead in leads(setting)
    )
    return named, None, harmless


def _work_tree(setting: Setting, root_path: str, repository: str) -> str | None:
    """Where `core.worktree` leads, if that is in the workspace: submodules have one."""
    if setting[:3] != ("core", "", "worktree") or not setting.value:
        return None
    return inside(root_path, repository, setting.value)


def inside(root_path: str, folder: str, text: str) -> str | None:
    """A path as git wrote it, by its text alone, relative to the workspace; `None` if not in it."""
    if not text or "\n" in text or "\0" in text:
        return None
    if text.startswith("/"):
        relative = within(root_path, text)
        relative = within(TARGET, text) if relative is None else relative
    else:
        relative = posixpath.join(folder, text)
    if relative is None:
        return None
    # `..` after a name would go up from wherever a link of that name leads.
    plain = posixpath.normpath(relative)
    if ".." in text.lstrip("./").split("/") or plain == ".." or plain.startswith("../"):
        return None
    return "" if plain == "." else plain
