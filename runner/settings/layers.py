"""Which settings files there are, and how each of them is read; `joining` says what they say."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runner.settings.files import (
    anybody_may_write,
    exists,
    names_beneath,
    owned_by,
    read_beneath,
    read_named,
    tracked,
)
from runner.settings.joining import Said, joined
from runner.settings.values import NetworkSettings, Scope, Settings

MANAGED = Path("/etc/sandbox")
FOLDER = ".sandbox"

ROOT = 0


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file: what it counts as, what it is called, how it is read."""

    scope: Scope
    name: str
    read: Callable[[], bytes]


def read(
    workspace: Path,
    settings_file: Path | None,
    *,
    home: Path,
    managed: Path = MANAGED,
    config_home: Path | None = None,
) -> Settings:
    """Read every settings file there is; called once, before anything of the workspace runs.

    `workspace` is a real path. `config_home` replaces `home/.config` (XDG base directories).

    Raises:
        SettingsInvalid: a file that is there cannot be used; nothing is skipped.
    """
    config = config_home or home / ".config"
    return joined(said(workspace, settings_file, managed=managed, config=config))


def said(
    workspace: Path, settings_file: Path | None, *, managed: Path, config: Path
) -> tuple[Said, ...]:
    """What each of the files says, highest first.

    Raises:
        SettingsInvalid: one of them cannot be used.
    """
    user = user_file(config)
    return _contents(
        [
            *_managed(managed),
            *_command_line(settings_file),
            *_repository(workspace),
            *_user(user, partial(read_named, user)),
        ]
    )


def said_again(
    before: Iterable[Said], *, managed: Path, config: Path, user: Path | None
) -> tuple[Said, ...]:
    """The same, with only the managed files and the user's read anew, the user's from `user`.

    No link leads to it and nothing else has its content, for a command may be running that could
    exchange it. Without `user` what it said before stays.

    Raises:
        SettingsInvalid: one of them cannot be used.
    """
    kept = [each for each in before if each.scope not in ("managed", "user")]
    if user is None:
        users = tuple(each for each in before if each.scope == "user")
    else:
        source = partial(read_beneath, user.parent, user.name, complaint=_exchangeable)
        users = _contents(_user(user, source, str(user_file(config))))
    return (*_contents(_managed(managed)), *kept, *users)


def user_file(config: Path) -> Path:
    """The user's own settings file, in the folder of their configuration."""
    return config / "sandbox" / "settings.json"


def _exchangeable(found: os.stat_result) -> str | None:
    return anybody_may_write(found) or tracked(found)


def _managed(folder: Path) -> Iterator[_Layer]:
    for names in _managed_files(folder):
        source = partial(read_beneath, folder, *names, complaint=owned_by(ROOT))
        yield _Layer("managed", str(folder.joinpath(*names)), source)


def _managed_files(folder: Path) -> Iterator[tuple[str, ...]]:
    if exists(folder / "managed-settings.json"):
        yield ("managed-settings.json",)
    if exists(folder / "managed-settings.d"):
        for name in names_beneath(folder, "managed-settings.d", complaint=owned_by(ROOT)):
            if name.endswith(".json") and not name.startswith("."):
                yield "managed-settings.d", name


def _command_line(path: Path | None) -> Iterator[_Layer]:
    if path is not None:
        yield _Layer("command line", str(path), partial(read_named, path))


def _repository(workspace: Path) -> Iterator[_Layer]:
    scopes: tuple[tuple[Scope, str], ...] = (
        ("local", "settings.local.json"),
        ("project", "settings.json"),
    )
    for scope, name in scopes:
        if exists(workspace / FOLDER / name):
            source = partial(read_beneath, workspace, FOLDER, name, complaint=tracked)
            yield _Layer(scope, f"{FOLDER}/{name}", source)


def _user(path: Path, read: Callable[[], bytes], name: str = "") -> Iterator[_Layer]:
    if exists(path):
        yield _Layer("user", name or str(path), read)


def _contents(layers: Iterable[_Layer]) -> tuple[Said, ...]:
    return tuple(
        Said(layer.scope, layer.name, _content(layer.read(), layer.name, layer.scope))
        for layer in layers
    )


def _content(data: bytes, name: str, scope: Scope) -> NetworkSettings:
    # Most runs have no settings file at all, and should not wait for pydantic (300 ms) to learn it.
    from runner.settings.schema import network_settings

    return network_settings(data, name, scope)
