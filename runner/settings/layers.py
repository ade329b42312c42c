"""Which settings files there are, what each of them may say, and what they say together.

    managed > --settings FILE > .sandbox/settings.local.json > .sandbox/settings.json > user

Lists are joined, highest layer first. The two files in the workspace come with the repository:
until somebody trusted it they may restrict, not grant.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from runner.settings.files import exists, names_beneath, owned_by, read_beneath, read_named, tracked
from runner.settings.values import NetworkSettings, Scope, Settings

MANAGED = Path("/etc/sandbox")
FOLDER = ".sandbox"

ROOT = 0


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file: what it counts as, what it is called, how it is read, whether it may grant."""

    scope: Scope
    name: str
    read: Callable[[], bytes]
    trusted: bool = True


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
            yield _Layer(scope, f"{FOLDER}/{name}", source, trusted=False)


def _user(config: Path) -> Iterator[_Layer]:
    path = config / "sandbox" / "settings.json"
    if exists(path):
        yield _Layer("user", str(path), partial(read_named, path))


def _together(layers: list[_Layer]) -> Settings:
    from runner.settings.schema import network_settings  # pydantic: 300 ms

    found = [network_settings(layer.read(), layer.name, layer.scope) for layer in layers]
    granting = [
        network if layer.trusted else replace(network, allowed_domains=())
        for layer, network in zip(layers, found, strict=True)
    ]
    network = NetworkSettings(
        tuple(domain for each in granting for domain in each.allowed_domains),
        tuple(domain for each in granting for domain in each.denied_domains),
    )
    notices = (_withheld(layer, network) for layer, network in zip(layers, found, strict=True))
    return Settings(network, tuple(notice for notice in notices if notice))


def _withheld(layer: _Layer, network: NetworkSettings) -> str:
    count = len(network.allowed_domains)
    if layer.trusted or not count:
        return ""
    domains, are = ("domain", "is") if count == 1 else ("domains", "are")
    return (
        f"{count} allowed {domains} in {layer.name} {are} not in effect: a repository cannot widen "
        "its own network access; pass --allow-domain, or keep such rules in your own settings"
    )
