"""Writing one rule into a settings file, for answers that are to hold from now on.

The file may lie in a workspace where a command is running: no link is followed, everything happens
in the folder that was opened, and the file is replaced whole or not at all.
"""

import os
import stat
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SettingsInvalid
from runner.settings.files import (
    MOST_BYTES,
    anybody_may_write,
    exists,
    opened_folder,
    read_opened,
    tracked,
    translating,
)
from runner.settings.inserting import Uninsertable, document_with, with_text
from runner.settings.located import JsonInvalid, parse

_ONE_AT_A_TIME = threading.Lock()
_TRIES = 5
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Addition:
    """What is, or would be, added to a file, and in which line (from 1) it stands then.

    `str()` is safe to show. `written` is false if the list holds the text already.
    """

    path: Path
    line: int
    key: str
    text: str
    written: bool = True

    def __str__(self) -> str:
        return f"{ascii(str(self.path))[1:-1]}:{self.line}: {self.key}: {self.text!a}"


def preview(path: Path, keys: Sequence[str], text: str) -> Addition:
    """What `remember` would add, and where; nothing is written, no folder made.

    Raises:
        SettingsInvalid: as `remember`.
    """
    with translating(path):
        try:
            with opened_folder(path.parent, complaint=_unsafe) as folder:
                return _planned(path, _read(folder, path.name), keys, text)[1]
        except FileNotFoundError:
            return _planned(path, None, keys, text)[1]


def remember(path: Path, keys: Sequence[str], text: str) -> Addition:
    """Add `text` to the list at `keys` ("sandbox", "network", …), making what is missing.

    A new file is the owner's alone (0600, its folder 0700); one that is there keeps its mode,
    its owner and everything else in it. The text is not read as a rule here.

    Raises:
        SettingsInvalid: file or folder is a link, has a second name, can be written by anybody,
            cannot be read as settings, or cannot be written. It is unchanged then.
    """
    with translating(path), _ONE_AT_A_TIME:
        _make_folders(path.parent)
        with opened_folder(path.parent, complaint=_unsafe) as folder:
            for _ in range(_TRIES):
                found = _read(folder, path.name)
                document, addition = _planned(path, found, keys, text)
                if not addition.written or _replaced(folder, path.name, found, document):
                    return addition
    raise SettingsInvalid(f"{path} keeps changing while it is written", fix="try again")


@dataclass(frozen=True, slots=True)
class _Found:
    data: bytes
    status: os.stat_result


def _planned(
    path: Path, found: _Found | None, keys: Sequence[str], text: str
) -> tuple[bytes, Addition]:
    """The file's next content, read again to be sure of it."""
    from runner.settings.schema import network_settings  # pydantic: 300 ms

    if found is None:
        document = document_with(keys, text)
    else:
        network_settings(found.data, str(path), "user")
        document = _with_text(path, found.data, keys, text)
    data = document.encode()
    if len(data) > MOST_BYTES:
        raise SettingsInvalid(f"{path} would become too large", fix=f"make room in {path}")
    network_settings(data, str(path), "user")
    located = parse(document)
    texts = located.value
    for key in keys:
        texts = texts[key] if isinstance(texts, dict) else None
    at = texts.index(text) if isinstance(texts, list) else 0
    written = found is None or data != found.data
    return data, Addition(path, located.lines[*keys, at], ".".join(keys), text, written)


def _with_text(path: Path, data: bytes, keys: Sequence[str], text: str) -> str:
    try:
        return with_text(data.decode("utf-8"), keys, text)
    except (JsonInvalid, Uninsertable) as error:
        raise SettingsInvalid(f"{path}: {error}", fix=f"correct {path}") from error


def _unsafe(found: os.stat_result) -> str | None:
    return anybody_may_write(found) or tracked(found)


def _make_folders(folder: Path) -> None:
    for each in reversed((folder, *folder.parents)):
        if not exists(each):
            with suppress(FileExistsError):
                each.mkdir(mode=0o700)
                uid, gid = _owner_like(each.parent.stat())
                os.chown(each, uid, gid, follow_symlinks=False)


def _owner_like(found: os.stat_result) -> tuple[int, int]:
    """Who is to own what is made: root gives it to whom the place belongs, others own theirs."""
    return (found.st_uid, found.st_gid) if os.geteuid() == 0 else (-1, -1)


def _read(folder: int, name: str) -> _Found | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _FLAGS, dir_fd=folder)
    except FileNotFoundError:
        return None
    status = os.fstat(descriptor)
    return _Found(read_opened(descriptor, _unsafe), status)


def _replaced(folder: int, name: str, found: _Found | None, data: bytes) -> bool:
    """Put `data` in the file's place, unless it is not as it was found any more."""
    temporary = f".{name}.{os.urandom(8).hex()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS
    descriptor = os.open(temporary, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _dress(file.fileno(), found.status if found else None, os.fstat(folder))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not _is_as_found(folder, name, found):
            return False
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
    return True


def _dress(descriptor: int, file: os.stat_result | None, folder: os.stat_result) -> None:
    os.fchown(descriptor, *_owner_like(file or folder))
    os.fchmod(descriptor, stat.S_IMODE(file.st_mode) & 0o777 if file else 0o600)


def _is_as_found(folder: int, name: str, found: _Found | None) -> bool:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return found is None
    return found is not None and _identity(status) == _identity(found.status)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
