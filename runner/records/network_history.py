"""Reading the network log: its newest lines, read as if anybody had written them."""

import json
import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from runner.errors import SandboxError
from runner.records.network_log import FILE, OLDER

LONGEST_LINE = 64 * 1024

Line: TypeAlias = dict[str, object]

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; without anything, all."""

    call_id: str | None = None
    host: str | None = None
    denied_only: bool = False

    def __contains__(self, line: Line) -> bool:
        """Whether the line is one of them."""
        return (
            self.call_id in (None, line.get("call_id"))
            and self.host in (None, line.get("host"))
            and (not self.denied_only or line.get("verdict") == "deny")
        )


def newest(folder: Path, wanted: Wanted, limit: int) -> list[Line]:
    """The last `limit` lines that are wanted, newest last; none if there is no log.

    What is no JSON object on a line of its own is passed over: a full disk may have cut it.

    Raises:
        SandboxError: the log is there and cannot be read.
    """
    found: deque[Line] = deque(maxlen=limit)
    for name in (OLDER, FILE):
        try:
            with _opened(folder / name) as file:
                found.extend(line for line in _lines(file) if line in wanted)
        except FileNotFoundError:
            continue
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else str(error)
            raise SandboxError(f"{folder / name} cannot be read: {reason}.") from error
    return list(found)


def _opened(path: Path) -> BinaryIO:
    file = os.fdopen(os.open(path, _READ), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError("it is not a regular file")
    return file


def _lines(file: BinaryIO) -> Iterator[Line]:
    while raw := file.readline(LONGEST_LINE):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            yield line
