"""The user's and the managed files are followed; nothing a running command could write is."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.errors import SettingsInvalid
from runner.settings.values import Settings
from runner.settings.watching import WatchedSettings

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make a managed file")


@dataclass(frozen=True, slots=True)
class Place:
    """The folders that settings are read from."""

    workspace: Path
    config: Path
    managed: Path

    @property
    def user(self) -> Path:
        return self.config / "sandbox" / "settings.json"

    def watch(self, settings_file: Path | None = None) -> WatchedSettings:
        return WatchedSettings(
            self.workspace, settings_file, config=self.config, managed=self.managed
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folders = [tmp_path.resolve() / name for name in ("workspace", "config", "managed")]
    for folder in folders:
        folder.mkdir(mode=0o755)
    return Place(*folders)


def write(path: Path, *denied: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"sandbox": {"network": {"deniedDomains": denied}}}))
    return path


def denied(settings: Settings) -> list[str]:
    return [each.text for each in settings.network.denied_domains]


def test_a_file_that_is_not_touched_is_not_changed(place: Place) -> None:
    write(place.user, "a.example")
    watched = place.watch()
    assert denied(watched.settings) == ["a.example"]
    assert not watched.changed()


def test_the_users_file_is_followed(place: Place) -> None:
    watched = place.watch()
    write(place.user, "a.example")
    assert (watched.changed(), watched.changed()) == (True, False)
    assert denied(watched.read_again()) == ["a.example"]
    replacement = write(place.user.with_name("new"), "b.example")
    replacement.rename(place.user)
    assert watched.changed()
    settings = watched.read_again()
    assert denied(settings) == ["b.example"]
    assert settings.network.denied_domains[0].file == str(place.user)
    place.user.unlink()
    assert watched.changed()
    assert denied(watched.read_again()) == []


@as_root
def test_the_managed_files_are_followed(place: Place) -> None:
    watched = place.watch()
    for name in ("managed-settings.json", "managed-settings.d/a.json", "managed-settings.d/b.json"):
        write(place.managed / name, name)
        assert watched.changed()
    write(place.managed / "managed-settings.d" / "a.json", "changed")
    assert watched.changed()
    assert denied(watched.read_again()) == [
        "managed-settings.json",
        "changed",
        "managed-settings.d/b.json",
    ]
    (place.managed / "managed-settings.json").chmod(0o666)
    assert watched.changed()
    with pytest.raises(SettingsInvalid, match="written by others"):
        watched.read_again()


def test_what_a_command_could_write_is_not_read_again(place: Place) -> None:
    files = [place.workspace / "ci.json"]
    files += [
        place.workspace / ".sandbox" / name for name in ("settings.local.json", "settings.json")
    ]
    for path in files:
        write(path, f"first {path.name}")
    watched = place.watch(files[0])
    first = denied(watched.settings)
    for path in files:
        write(path, f"second {path.name}")
    # The control: who reads everything again reads what was written meanwhile.
    assert denied(place.watch(files[0]).settings) == [f"second {path.name}" for path in files]
    assert not watched.changed()
    write(place.user, "user")
    assert watched.changed()
    assert denied(watched.read_again()) == [*first, "user"]


@pytest.mark.parametrize("which", ["file", "folder", "configuration"])
def test_a_users_file_that_lies_in_the_workspace_is_not_followed(place: Place, which: str) -> None:
    kept = place.workspace / "dotfiles"
    if which == "file":
        target = write(kept / "settings.json", "first")
        place.user.parent.mkdir()
        place.user.symlink_to(target)
    elif which == "folder":
        target = write(kept / "settings.json", "first")
        place.user.parent.symlink_to(kept)
    else:
        target = write(kept / "sandbox" / "settings.json", "first")
        place.config.rmdir()
        place.config.symlink_to(kept)
    watched = place.watch()
    write(target, "second")
    assert denied(place.watch().settings) == ["second"]  # the control
    assert not watched.changed()
    assert denied(watched.read_again()) == ["first"]


def test_a_users_file_behind_a_link_elsewhere_is_followed(place: Place, tmp_path: Path) -> None:
    target = write(tmp_path / "dotfiles" / "settings.json", "first")
    place.user.parent.mkdir()
    place.user.symlink_to(target)
    watched = place.watch()
    write(target, "second, longer")
    assert watched.changed()
    assert denied(watched.read_again()) == ["second, longer"]


@pytest.mark.parametrize("trick", ["link", "second name", "anybody"])
def test_a_users_file_that_somebody_else_could_exchange_is_not_read_again(
    place: Place, trick: str
) -> None:
    write(place.user, "first")
    watched = place.watch()
    hostile = write(place.workspace / "hostile.json", "hostile")
    place.user.unlink()
    if trick == "link":
        place.user.symlink_to(hostile)
    elif trick == "second name":
        place.user.hardlink_to(hostile)
    else:
        write(place.user, "hostile").chmod(0o666)
    assert watched.changed()
    with pytest.raises(SettingsInvalid):
        watched.read_again()
