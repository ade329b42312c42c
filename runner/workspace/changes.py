"""Which files a call created, changed or removed, for `--json`'s `changed`.

A report, not a guard: it tells what is different, whoever did it.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.workspace.walk import opened_folder, opened_root

Version = tuple[int, int, int, int]
"""Inode, size in bytes, modification and change time (ns)."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every file at one moment, by relative path.

    Not `complete` when a limit or a folder that cannot be read ended it.
    """

    files: Mapping[str, Version]
    complete: bool


def snapshot(root: str | os.PathLike[str], limit_entries: int = 200_000) -> Snapshot:
    """Every file, link and special file in the workspace, links not followed.

    Raises:
        OSError: the workspace folder itself cannot be opened.
    """
    files: dict[str, Version] = {}
    queue, left, complete = deque([""]), limit_entries, True
    with opened_root(os.fspath(root)) as descriptor:
        while queue:
            folder = queue.popleft()
            try:
                for path, version in _entries(descriptor, folder):
                    left -= 1
                    if left < 0:
                        return Snapshot(files, complete=False)
                    if version is None:
                        queue.append(path)
                    else:
                        files[path] = version
            except FileNotFoundError:
                continue
            except OSError:
                complete = False
    return Snapshot(files, complete)


def changed(before: Snapshot, after: Snapshot) -> list[str]:
    """The paths that are in one only or differ, sorted.

    Of an incomplete snapshot nothing can be said about what it does not hold, so then only files
    that both hold are compared.
    """
    if before.complete and after.complete:
        paths = before.files.keys() | after.files.keys()
    else:
        paths = before.files.keys() & after.files.keys()
    return sorted(path for path in paths if before.files.get(path) != after.files.get(path))


def _entries(root: int, folder: str) -> Iterator[tuple[str, Version | None]]:
    """What is in a folder; without a version when it is a folder too."""
    before = f"{folder}/" if folder else ""
    with opened_folder(root, folder) as here, os.scandir(here) as entries:
        for entry in entries:
            path = before + entry.name
            if entry.is_dir(follow_symlinks=False):
                yield path, None
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield path, (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
