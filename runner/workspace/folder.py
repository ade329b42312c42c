"""Which folder may be a workspace: one of the user's own, and not the whole machine."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from runner.errors import WorkspaceRefused

_SYSTEM = frozenset(
    "/" + path
    for path in [
        "", "bin", "boot", "dev", "dev/shm", "etc", "home", "lib", "lib32", "lib64", "media",
        "mnt", "opt", "proc", "root", "run", "sbin", "snap", "srv", "sys", "tmp", "usr",
        "usr/bin", "usr/lib", "usr/local", "usr/sbin", "usr/share", "usr/src", "var", "var/lib",
        "var/tmp", "Applications", "Library", "System", "Users", "Volumes", "private",
        "private/etc", "private/tmp", "private/var",
    ]
)  # fmt: skip
"""Refused themselves; a folder of the user's inside one of them (`/tmp/x`) is fine."""

_SYSTEM_TREES = ("/boot/", "/etc/", "/proc/", "/sys/")
"""Refused with everything below: nobody's code lives there, and writing there changes the host."""

_PICK = "run sandbox in a project folder, or name one with --workspace"


class Workspace(NamedTuple):
    """A folder that may be mounted read-write into a cell, by its real path and identity."""

    path: Path
    uid: int
    gid: int
    device: int
    inode: int


def opened(path: str | os.PathLike[str], *, home: str | os.PathLike[str], euid: int) -> Workspace:
    """Look at a folder once and say whose it is.

    Raises:
        WorkspaceRefused: it is not a folder of the user's own that can be given away.
    """
    spelled = _spelled(os.fspath(path))
    _refuse_unless_folder(spelled)
    real = _real(spelled)
    _refuse_system(real, os.path.realpath(home))
    status = _status(real)
    if euid not in {0, status.st_uid}:
        raise WorkspaceRefused(
            f"the workspace {real!r} belongs to user {status.st_uid}, not to you (user {euid})",
            fix=f"use a folder you own, or take this one over: sudo chown -R {euid} FOLDER",
        )
    return Workspace(Path(real), status.st_uid, status.st_gid, status.st_dev, status.st_ino)


def _spelled(text: str) -> str:
    if not text or "\0" in text or "\n" in text:
        raise WorkspaceRefused(
            f"the workspace path {text!r} is empty or holds a NUL or a line break", fix=_PICK
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise WorkspaceRefused(
            f"the workspace path {text!r} is not UTF-8, so no engine can mount it",
            fix="rename the folder",
        ) from None
    # A slash at the end would make lstat follow the link it is there to find.
    return text.rstrip("/") or "/"


def _refuse_unless_folder(spelled: str) -> None:
    try:
        mode = os.lstat(spelled).st_mode
    except OSError as error:
        raise _unusable(spelled, error) from error
    if stat.S_ISLNK(mode):
        raise WorkspaceRefused(
            f"the workspace {spelled!r} is a symbolic link, which can be pointed elsewhere",
            fix=f"name the real folder: {os.path.realpath(spelled)!r}",
        )
    if not stat.S_ISDIR(mode):
        raise WorkspaceRefused(
            f"the workspace {spelled!r} is not a folder",
            fix=f"name the folder that holds it: {str(Path(spelled).absolute().parent)!r}",
        )


def _real(spelled: str) -> str:
    try:
        real = os.path.realpath(spelled, strict=True)
    except OSError as error:
        raise _unusable(spelled, error) from error
    return _spelled(real)


def _refuse_system(real: str, home: str) -> None:
    if real in _SYSTEM or real.startswith(_SYSTEM_TREES):
        raise WorkspaceRefused(f"the workspace {real!r} is a folder of the system", fix=_PICK)
    if home == real or home.startswith(f"{real}/"):
        what = "is your home folder" if home == real else "holds your home folder"
        raise WorkspaceRefused(
            f"the workspace {real!r} {what}, with the keys and settings of all your tools",
            fix=_PICK,
        )


def _status(real: str) -> os.stat_result:
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(real, error) from error
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: str, error: OSError) -> WorkspaceRefused:
    fixes = {
        FileNotFoundError: f"make it first: mkdir -p {path!r}",
        PermissionError: "use a folder you can read",
    }
    why = (error.strerror or "it cannot be opened").lower()
    return WorkspaceRefused(
        f"the workspace {path!r} cannot be used: {why}", fix=fixes.get(type(error), _PICK)
    )
