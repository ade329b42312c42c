"""Taking what must not be there out of its way: renamed in place to a name that no tool loads.

Nothing is deleted and nothing overwritten. What is moved stays hostile: it is never opened.
"""

import os
import shlex
import stat
from collections.abc import Iterable
from dataclasses import dataclass

from runner.workspace.intrusions import Appeared, Intrusion, Replaced
from runner.workspace.names import SET_ASIDE
from runner.workspace.walk import opened_folder, opened_root

_ATTEMPTS = 5
_LONGEST_NAME = 255
"""Bytes."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """One path that was dealt with; or `failure` says why it is still there.

    `put_back` is what to type in a shell to have it where it was. It copies, so that a second name
    (hard link) of a file does not come back with it.
    """

    path: str
    moved_to: str = ""
    put_back: str = ""
    failure: str = ""


def set_aside(
    root: str | os.PathLike[str], intrusions: Iterable[Intrusion], call_id: str
) -> tuple[SetAside, ...]:
    """Move what appeared or was put in another's place; a link that was there is put back.

    What changed or vanished is left: there is nothing to move. What is gone meanwhile is left out.
    """
    root_path = os.fspath(root)
    ending = SET_ASIDE + ("".join(c for c in call_id if c.isascii() and c.isalnum()) or "call")
    movable = [each for each in intrusions if isinstance(each, Appeared | Replaced)]
    try:
        with opened_root(root_path) as descriptor:
            done = [_dealt_with(descriptor, root_path, each, ending) for each in movable]
    except OSError as error:
        why = f"the workspace cannot be opened: {error.strerror}"
        return tuple(SetAside(each.path, failure=why) for each in movable)
    return tuple(one for one in done if one is not None)


def _dealt_with(
    root: int, root_path: str, intrusion: Appeared | Replaced, ending: str
) -> SetAside | None:
    """One intrusion; tried more than once, because a container may be moving things just now."""
    failure = ""
    for _ in range(_ATTEMPTS):
        try:
            return _moved(root, root_path, intrusion, ending)
        except FileNotFoundError:
            return None
        except OSError as error:
            failure = error.strerror or "it cannot be renamed"
    return SetAside(intrusion.path, failure=failure)


def _moved(root: int, root_path: str, intrusion: Appeared | Replaced, ending: str) -> SetAside:
    folder, _, name = intrusion.path.rpartition("/")
    with opened_folder(root, folder) as here:
        aside = _free_name(here, name, ending)
        _rename(here, name, aside)
        head = _hide_head(here, aside, ending)
        link = intrusion.link if isinstance(intrusion, Replaced) else ""
        failure = _put_link_back(here, name, link) if link else ""
    moved_to = f"{folder}/{aside}" if folder else aside
    old, new = shown(f"{root_path}/{intrusion.path}"), shown(f"{root_path}/{moved_to}")
    put_back = f"cp -RPp -- {new} {old}"
    if link:
        put_back = f"rm -- {old} && {put_back}"
    if head:
        put_back += f" && mv -- {old}/{shown(head)} {old}/HEAD"
    return SetAside(intrusion.path, moved_to, put_back, failure)


def _free_name(here: int, name: str, ending: str) -> str:
    for number in range(1000):
        full = os.fsencode(ending if number == 0 else f"{ending}-{number}")
        free = os.fsdecode(os.fsencode(name)[: _LONGEST_NAME - len(full)] + full)
        try:
            os.stat(free, dir_fd=here, follow_symlinks=False)
        except FileNotFoundError:
            return free
    raise FileExistsError(17, "a thousand of the same name were set aside already")


def _rename(here: int, old: str, new: str) -> None:
    """Rename within one folder, though a container may have made that folder read-only."""
    try:
        os.rename(old, new, src_dir_fd=here, dst_dir_fd=here)
    except PermissionError:
        mode = stat.S_IMODE(os.fstat(here).st_mode)
        os.fchmod(here, mode | stat.S_IRWXU)
        try:
            os.rename(old, new, src_dir_fd=here, dst_dir_fd=here)
        finally:
            os.fchmod(here, mode)


def _put_link_back(here: int, name: str, text: str) -> str:
    """Why the link could not be put back; empty when it is there again."""
    try:
        os.symlink(text, name, dir_fd=here)
    except OSError as error:
        return f"the link that was there cannot be put back: {error.strerror}"
    return ""


def _hide_head(here: int, aside: str, ending: str) -> str:
    """A git directory under any name is one that git finds: without its HEAD it is not."""
    hidden = f"HEAD{ending}"
    try:
        with opened_folder(here, aside) as inside:
            _rename(inside, "HEAD", hidden)
    except OSError:
        return ""
    return hidden


def shown(path: str) -> str:
    """A path as a word to type in bash or zsh, safe to print on a terminal."""
    if path.isprintable():
        return shlex.quote(path)
    out = "".join(
        c if c.isprintable() and c not in "\\'" else "".join(f"\\x{b:02x}" for b in os.fsencode(c))
        for c in path
    )
    return f"$'{out}'"
