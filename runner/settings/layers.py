"""Which settings files there are, and how each of them is read; `joining` says what they say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runner.settings.files import exists, names_beneath, owned_by, read_beneath, read_named, tracked
from runner.settings.joining import Said, joined
from runner.settings.values import Scope, Settings

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
    layers = [
        *_managed(managed),
        *_command_line(settings_file),
        *_repository(workspace),
        *_user(config_home or home / ".config"),
    ]
    # Most runs have no settings file at all, and should not wait for pydantic to learn it.
    return _together(layers) if layers else Settings()


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


def _user(config: Path) -> Iterator[_Layer]:
    path = config / "sandbox" / "settings.json"
    if exists(path):
        yield _Layer("user", str(path), partial(read_named, path))


def _together(layers: list[_Layer]) -> Settings:
    from runner.settings.schema import network_settings  # pydantic: 300 ms

    return joined(
        [
            Said(layer.scope, layer.name, network_settings(layer.read(), layer.name, layer.scope))
            for layer in layers
        ]
    )
