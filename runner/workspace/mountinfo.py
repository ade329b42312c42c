"""Whether a cell's mounts are what was asked for, by comparing its mount table with the host's.

The engine resolves a mount's source as root on the host, after the survey. A container that swaps
a component of that path for a link in between would have it mount a file of the host's. A parked
cell prints its mount table before any command runs in it, and is thrown away if it differs.

Source: proc_pid_mountinfo(5).
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runner.interfaces import Mount


class Mounted(NamedTuple):
    """One line of a mount table."""

    id: str
    parent: str
    device: str
    """`major:minor` of the file system."""
    root: str
    """What of the file system is mounted."""
    point: str
    """Where it is mounted."""
    is_read_only: bool


class Table:
    """A mount table, asked what is visible at a path: a later mount may hide an earlier one."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.mounts = [_parsed(line) for line in lines if line.strip()]
        self._below = {(mount.parent, mount.point): mount for mount in self.mounts}
        ids = {mount.id for mount in self.mounts}
        tops = [m for m in self.mounts if m.point == "/" and m.parent not in ids - {m.id}]
        if not tops:
            raise ValueError("the mount table has no root")
        self._top = tops[0]

    def at(self, path: str) -> Mounted:
        """The mount that is seen at an absolute path."""
        mount = self._over(self._top, "/")
        here = ""
        for part in path.strip("/").split("/"):
            here = f"{here}/{part}"
            mount = self._over(mount, here)
        return mount

    def place(self, path: str) -> tuple[str, str]:
        """Where an absolute path is: the device, and the path within its file system."""
        mount = self.at(path)
        rest = path if mount.point == "/" else path[len(mount.point) :]
        return mount.device, (mount.root.rstrip("/") + rest).rstrip("/") or "/"

    def _over(self, mount: Mounted, point: str) -> Mounted:
        seen = {mount.id}
        while (above := self._below.get((mount.id, point))) is not None and above.id not in seen:
            seen.add(above.id)
            mount = above
        return mount


def _parsed(line: str) -> Mounted:
    fields, _, after = line.partition(" - ")
    # Only the blank separates: other white space of Unicode's may stand in a name as it is.
    words, more = fields.split(" "), after.rstrip("\n").split(" ")
    if len(words) < 6 or len(more) < 3:
        raise ValueError(f"not a line of a mount table: {line!r}")
    options = {*words[5].split(","), *more[2].split(",")}
    return Mounted(
        words[0], words[1], words[2], _unescaped(words[3]), _unescaped(words[4]), "ro" in options
    )


def _unescaped(text: str) -> str:
    """Undo the kernel's octal escapes of blanks and backslashes, which are bytes."""
    octal = re.compile(rb"\\([0-7]{3})")
    return os.fsdecode(octal.sub(lambda found: bytes([int(found[1], 8)]), os.fsencode(text)))


def verify(
    lines_from_cell: Iterable[str],
    host_lines: Iterable[str],
    root: str | os.PathLike[str],
    mounts: Iterable[Mount],
) -> list[str]:
    """What is wrong with a cell's mounts, a sentence each; empty when all is as asked.

    `mounts` holds the workspace's own mount too. Anything that cannot be read is wrong.
    """
    wanted = list(mounts)
    try:
        cell, host = Table(lines_from_cell), Table(host_lines)
    except ValueError as error:
        return [str(error)]
    problems = [problem for mount in wanted for problem in _problems(mount, cell, host)]
    return problems + list(_unasked(cell, host, os.fspath(root), wanted))


def _problems(mount: Mount, cell: Table, host: Table) -> Iterator[str]:
    seen = cell.at(mount.target)
    if seen.point != mount.target:
        yield f"nothing is mounted at {mount.target!r}"
        return
    place = host.place(os.fspath(mount.source))
    if (seen.device, seen.root) != place:
        yield f"{mount.target!r} is {seen.device} {seen.root!r}, not {place[0]} {place[1]!r}"
    if seen.is_read_only is mount.writable:
        how = "writable" if mount.writable else "read-only"
        yield f"{mount.target!r} is not {how}"


def _unasked(cell: Table, host: Table, root: str, wanted: list[Mount]) -> Iterator[str]:
    """Mounts in the workspace that nobody asked for; the host's own come along with a bind."""
    targets = {mount.target for mount in wanted}
    for mount in wanted:
        if os.fspath(mount.source) != root:
            continue
        for seen in cell.mounts:
            if seen.point in targets or not seen.point.startswith(f"{mount.target}/"):
                continue
            source = root + seen.point[len(mount.target) :]
            if host.place(source) != (seen.device, seen.root):
                yield f"something is mounted at {seen.point!r} that nobody asked for"
