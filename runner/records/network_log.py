"""The network log: one JSON line for each connection that has ended.

    $XDG_STATE_HOME/sandbox/network.jsonl     the newest; ~/.local/state without the variable
    $XDG_STATE_HOME/sandbox/network.jsonl.1   what was there before it grew too large

Several controllers append to one file. Nearly every text in it is a hostile one's choice.
"""

import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

FILE = "network.jsonl"
OLDER = "network.jsonl.1"

MOST_BYTES = 16 * 1024 * 1024
"""Of one file; there are two at most."""

LONGEST_TEXT = 512
"""Characters of any one text in a line, once it is escaped."""

Entry: TypeAlias = Mapping[str, str | int | float | None]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not waiting: somebody may have put a pipe there.
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def state_folder(environment: Mapping[str, str], home: Path) -> Path:
    """The folder the log is in, which need not exist."""
    state = environment.get("XDG_STATE_HOME", "")
    # The specification has relative ones ignored (XDG Base Directory, "Environment variables").
    return (Path(state) if state.startswith("/") else home / ".local" / "state") / "sandbox"


class NetworkLog:
    """Appends to the log in `folder`, in the name of one session. For one thread.

    Opened by the first entry. A log that cannot be written is no reason to stop: `complain` is
    called with one sentence, once, and later entries are tried all the same.
    """

    def __init__(self, folder: Path, session: str, complain: Callable[[str], None]) -> None:
        self._path = folder
        self._session = session
        self._complain: Callable[[str], None] | None = complain
        self._folder = -1
        self._file = -1
        self._torn = False

    def append(self, entry: Entry) -> None:
        """Write one line: the time, the session, and what `entry` says."""
        try:
            self._write(_line({"time": _now(), "session": self._session, **entry}))
        except OSError as error:
            self._say(error)

    def close(self) -> None:
        """Close the file, if it was ever opened."""
        for descriptor in (self._file, self._folder):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._folder = -1

    def _write(self, line: bytes) -> None:
        if self._folder < 0:
            self._folder = _opened_folder(self._path)
        if self._file < 0 or not self._is_current():
            self._reopen()
        if os.fstat(self._file).st_size + len(line) > MOST_BYTES:
            self._rotate()
        data = b"\n" + line if self._torn else line
        # One write, so that lines of other controllers do not get into it. Part of one is a line
        # that readers skip; the next begins on a line of its own.
        self._torn = os.write(self._file, data) < len(data)
        if self._torn:
            raise OSError("the disk is full")

    def _is_current(self) -> bool:
        """Whether the file has its name still: another controller may have renamed it."""
        try:
            named = os.stat(FILE, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._file))

    def _reopen(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._file = _opened_file(self._folder)

    def _rotate(self) -> None:
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another controller is at it; this one line may be too much for the old file
        if self._is_current():  # not if that other one had just finished
            os.rename(FILE, OLDER, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        self._reopen()

    def _say(self, error: OSError) -> None:
        complain, self._complain = self._complain, None
        if complain is not None:
            reason = error.strerror.lower() if error.strerror else str(error)
            complain(f"the network log in {self._path} cannot be written: {reason}")


def _opened_folder(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, _FOLDER)
    try:
        _own(descriptor, 0o700)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _opened_file(folder: int) -> int:
    descriptor = os.open(FILE, _APPEND, 0o600, dir_fd=folder)
    try:
        _check_plain(descriptor)
        _own(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check_plain(descriptor: int) -> None:
    found = os.fstat(descriptor)
    # A second name, or a pipe: it would be written somewhere else than it seems.
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise OSError(f"{FILE} is not a regular file with one name")


def _own(descriptor: int, mode: int) -> None:
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        raise OSError("it belongs to another user")
    if stat.S_IMODE(found.st_mode) != mode:
        os.fchmod(descriptor, mode)


def _now() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03}Z"


def _line(entry: Entry) -> bytes:
    import json  # here, because a session that contacts nobody writes nothing

    bounded = {key: _bounded(value) if isinstance(value, str) else value
               for key, value in entry.items()}  # fmt: skip
    return json.dumps(bounded).encode("ascii") + b"\n"


def _bounded(text: str) -> str:
    """ASCII without control characters, so that the line can be shown as it is."""
    if len(text) <= LONGEST_TEXT and text.isascii() and text.isprintable():
        return text
    escaped = ascii(text[: LONGEST_TEXT + 1])[1:-1]
    return escaped if len(escaped) <= LONGEST_TEXT else escaped[: LONGEST_TEXT - 3] + "..."
