"""Reading files that somebody else may have prepared, before anything in them is believed.

A repository may put a link, a pipe or a device where a settings file belongs; an organisation's
file must be one that only root could have written. What was opened is checked, never a path.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from runner.errors import SettingsInvalid

MOST_BYTES = 1024 * 1024

Complaint: TypeAlias = Callable[[os.stat_result], str | None]
"""Says what is wrong with a file or folder that was opened, if anything is."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not waiting: opening a pipe would block until somebody writes to it.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def exists(path: Path) -> bool:
    """Whether something has that name, be it a link that leads nowhere.

    Raises:
        SettingsInvalid: it cannot be told.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    return True


def read_named(path: Path) -> bytes:
    """Read a file that the user named or keeps; links are followed.

    Raises:
        SettingsInvalid: it cannot be read, is no regular file, too big, or anybody may write it.
    """
    with translating(path):
        return read_opened(os.open(path, _FILE), anybody_may_write)


def read_beneath(folder: Path, *names: str, complaint: Complaint) -> bytes:
    """Read `folder/names…`; none of them, nor `folder`, may be a symbolic link.

    `complaint` is asked about `folder` and everything below it.

    Raises:
        SettingsInvalid: one of them is a link, is complained about, or the file cannot be read.
    """
    with translating(folder.joinpath(*names)):
        *folders, name = names
        with opened_folder(folder, *folders, complaint=complaint) as descriptor:
            return read_opened(os.open(name, _FILE | os.O_NOFOLLOW, dir_fd=descriptor), complaint)


def names_beneath(folder: Path, *names: str, complaint: Complaint) -> list[str]:
    """The names in the folder `folder/names…`, sorted; guarded as `read_beneath`.

    Raises:
        SettingsInvalid: one of the folders is a link or complained about.
    """
    with (
        translating(folder.joinpath(*names)),
        opened_folder(folder, *names, complaint=complaint) as descriptor,
        os.scandir(descriptor) as entries,
    ):
        return sorted(entry.name for entry in entries)


def tracked(found: os.stat_result) -> str | None:
    """Complaint about what came with a repository: a second name could be a file elsewhere."""
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        return "has a second name (hard link)"
    return None


def owned_by(owner: int) -> Complaint:
    """Complaint about what anybody but `owner` (a uid) could have written."""

    def complaint(found: os.stat_result) -> str | None:
        if found.st_uid != owner:
            return f"does not belong to {'root' if owner == 0 else f'uid {owner}'}"
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return "can be written by others than its owner"
        return None

    return complaint


def anybody_may_write(found: os.stat_result) -> str | None:
    """Complaint about what every user of the machine could have written."""
    return "can be written by anybody" if found.st_mode & stat.S_IWOTH else None


@contextmanager
def opened_folder(folder: Path, *names: str, complaint: Complaint) -> Iterator[int]:
    """A descriptor of `folder/names…`, each step opened from the one before."""
    descriptor = os.open(folder, _FOLDER)
    try:
        _check(descriptor, complaint)
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
            _check(descriptor, complaint)
        yield descriptor
    finally:
        os.close(descriptor)


def read_opened(descriptor: int, complaint: Complaint) -> bytes:
    """Read what was opened, and close it.

    Raises:
        OSError: it is complained about, no regular file, too big, or cannot be read.
    """
    try:
        _check(descriptor, complaint)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MOST_BYTES:
        raise OSError(f"is larger than {MOST_BYTES} bytes")
    return data


def _check(descriptor: int, complaint: Complaint) -> None:
    if reason := complaint(os.fstat(descriptor)):
        raise OSError(reason)


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Every `OSError` in it becomes a `SettingsInvalid` that names the path."""
    try:
        yield
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> SettingsInvalid:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        reason = "is, or lies behind, a symbolic link or something else that is no folder"
    else:
        reason = f"cannot be read: {error.strerror.lower()}" if error.strerror else str(error)
    return SettingsInvalid(f"{path} {reason}", fix=f"correct or remove {path}")
