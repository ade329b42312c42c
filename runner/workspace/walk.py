"""The only way this package touches the workspace: one path component at a time, no link followed.

A container may swap a folder for a link at any moment. Each component is opened relative to the
one before with `O_NOFOLLOW`, so the worst such a swap does is an `OSError`.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO that a container put there waits for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Kind(Enum):
    """What a directory entry is, never followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    OTHER = "special file"


def kind_of(mode: int) -> Kind:
    """The kind that a mode (`st_mode`) says."""
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.FOLDER
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


def open_below(folder: int, path: str) -> int:
    """A new descriptor of the folder at a relative path; `""` is the folder itself.

    Raises:
        OSError: it is gone, not a folder, not readable, or reached through a link.
    """
    here, *rest = path.split("/")
    descriptor = os.open(here or ".", _FOLDER, dir_fd=folder)
    for part in rest:
        try:
            below = os.open(part, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


@contextmanager
def opened_folder(root: int, path: str) -> Iterator[int]:
    """The folder at a relative path, open; raises as `open_below` does."""
    descriptor = open_below(root, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Siblings:
    """Opens folders by relative path, keeping the one that holds the last of them open.

    Folders are read brother after brother, so most are one system call away.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._parent = ""
        self._descriptor = -1

    def open(self, path: str) -> int:
        """A new descriptor; raises as `open_below` does."""
        parent, _, name = path.rpartition("/")
        if not parent:
            return open_below(self._root, name)
        if parent != self._parent:
            self.close()
            self._descriptor = open_below(self._root, parent)
            self._parent = parent
        return open_below(self._descriptor, name)

    def close(self) -> None:
        """Let go of what is kept open."""
        if self._parent:
            os.close(self._descriptor)
            self._parent = ""


def open_root(root: str) -> int:
    """A new descriptor of the workspace folder itself; raises as `opened_root` does."""
    return os.open(root, _FOLDER)


@contextmanager
def opened_root(root: str) -> Iterator[int]:
    """A descriptor of the workspace folder itself.

    Raises:
        OSError: it is gone, or has become something else.
    """
    descriptor = open_root(root)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def status(root: int, path: str) -> os.stat_result:
    """The status of what is at a relative path, itself never followed.

    Raises:
        OSError: it is gone, or reached through a link.
    """
    folder, _, name = path.rpartition("/")
    with opened_folder(root, folder) as here:
        return os.stat(name or ".", dir_fd=here, follow_symlinks=False)


def link_text(root: int, path: str) -> str:
    """The text of a symbolic link.

    Raises:
        OSError: it is gone, or no link.
    """
    folder, _, name = path.rpartition("/")
    with opened_folder(root, folder) as here:
        return os.readlink(name, dir_fd=here)


def read_file(root: int, path: str, limit: int) -> bytes | None:
    """The content of a regular file; `None` when it is longer than `limit` bytes.

    Raises:
        OSError: it is gone, not a regular file, not readable, or reached through a link.
    """
    folder, _, name = path.rpartition("/")
    with opened_folder(root, folder) as here:
        descriptor = os.open(name, _FILE, dir_fd=here)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise IsADirectoryError(path)
            content = os.read(descriptor, limit + 1)
        finally:
            os.close(descriptor)
    return None if len(content) > limit else content


def is_gone(error: OSError) -> bool:
    """Whether an error says that nothing of that kind is there, not that looking failed."""
    return error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL}
