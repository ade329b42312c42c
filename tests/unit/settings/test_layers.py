"""Five layers, joined from the highest down; what the repository brings may only restrict."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner.errors import SettingsInvalid
from runner.settings.layers import read
from runner.settings.values import NetworkSettings, Settings, Sourced

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can make a managed file")


@dataclass(frozen=True, slots=True)
class Place:
    """The folders that settings are read from."""

    workspace: Path
    home: Path
    managed: Path

    def read(self, settings_file: Path | None = None) -> Settings:
        return read(self.workspace, settings_file, home=self.home, managed=self.managed)

    def write(
        self, path: Path, *, allowed: list[str] | None = None, denied: list[str] | None = None
    ) -> Path:
        network = {"allowedDomains": allowed or [], "deniedDomains": denied or []}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"sandbox": {"network": network}}))
        return path

    @property
    def project(self) -> Path:
        return self.workspace / ".sandbox" / "settings.json"

    @property
    def local(self) -> Path:
        return self.workspace / ".sandbox" / "settings.local.json"

    @property
    def user(self) -> Path:
        return self.home / ".config" / "sandbox" / "settings.json"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folders = [tmp_path.resolve() / name for name in ("workspace", "home", "managed")]
    for folder in folders:
        folder.mkdir(mode=0o755)
    return Place(*folders)


def test_without_any_file_nothing_is_allowed(place: Place) -> None:
    assert place.read() == Settings()
    assert Settings().network == NetworkSettings((), ())


def test_without_any_file_nothing_expensive_is_loaded(place: Place) -> None:
    script = f"""
import sys
from pathlib import Path
from runner.settings.layers import read
read(Path({str(place.workspace)!r}), None, home=Path({str(place.home)!r}), managed=Path("/absent"))
loaded = {{"pydantic", "json", "asyncio"}} & set(sys.modules)
sys.exit(str(loaded) if loaded else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_user_may_allow_and_deny(place: Place) -> None:
    place.write(place.user, allowed=["a.example"], denied=["b.example"])
    name = str(place.user)
    assert place.read() == Settings(
        NetworkSettings(
            (Sourced("a.example", name, 1, "user"),), (Sourced("b.example", name, 1, "user"),)
        )
    )


def test_the_users_folder_may_be_elsewhere(place: Place, tmp_path: Path) -> None:
    place.write(tmp_path / "xdg" / "sandbox" / "settings.json", denied=["a.example"])
    config = tmp_path / "xdg"
    found = read(place.workspace, None, home=place.home, managed=place.managed, config_home=config)
    assert [each.text for each in found.network.denied_domains] == ["a.example"]


def test_a_file_named_on_the_command_line_may_allow(place: Place, tmp_path: Path) -> None:
    file = place.write(tmp_path / "ci.json", allowed=["a.example"])
    (allowed,) = place.read(file).network.allowed_domains
    assert allowed == Sourced("a.example", str(file), 1, "command line")


def test_a_file_named_on_the_command_line_must_be_there(place: Place, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"absent\.json cannot be read: no such file"):
        place.read(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("allowed", "notices"),
    [
        ([], ()),
        (["a.example"], ("1 allowed domain in {} is not in effect: ",)),
        (["a.example", "b.example"], ("2 allowed domains in {} are not in effect: ",)),
    ],
)
@pytest.mark.parametrize("which", ["project", "local"])
def test_the_repository_restricts_but_does_not_grant(
    place: Place, which: str, allowed: list[str], notices: tuple[str, ...]
) -> None:
    path: Path = getattr(place, which)
    place.write(path, allowed=allowed, denied=["c.example"])
    settings = place.read()
    name = f".sandbox/{path.name}"
    assert settings.network.allowed_domains == ()
    assert [(each.text, each.file) for each in settings.network.denied_domains] == [
        ("c.example", name)
    ]
    assert len(settings.notices) == len(notices)
    for notice, beginning in zip(settings.notices, notices, strict=True):
        assert notice.startswith(beginning.format(name))


@as_root
def test_lists_are_joined_from_the_highest_layer_down(place: Place, tmp_path: Path) -> None:
    for path, name in (
        (place.managed / "managed-settings.json", "managed"),
        (place.managed / "managed-settings.d" / "20-b.json", "part b"),
        (place.managed / "managed-settings.d" / "10-a.json", "part a"),
        (tmp_path / "ci.json", "command-line"),
        (place.local, "local"),
        (place.project, "project"),
        (place.user, "user"),
    ):
        place.write(path, allowed=[name], denied=[name])
    network = place.read(tmp_path / "ci.json").network
    granting = ["managed", "part a", "part b", "command-line", "user"]
    assert [each.text for each in network.allowed_domains] == granting
    assert [each.text for each in network.denied_domains] == [
        *granting[:-1],
        "local",
        "project",
        "user",
    ]
    assert [each.scope for each in network.denied_domains] == [
        *["managed"] * 3,
        "command line",
        "local",
        "project",
        "user",
    ]


@as_root
def test_in_the_managed_folder_only_json_files_count(place: Place) -> None:
    parts = place.managed / "managed-settings.d"
    place.write(parts / "a.json", denied=["a.example"])
    for name in (".hidden.json", "b.json.bak", "README"):
        (parts / name).write_text("not json")
    assert [each.text for each in place.read().network.denied_domains] == ["a.example"]


@as_root
@pytest.mark.parametrize("name", [".", "managed-settings.json", "managed-settings.d"])
@pytest.mark.parametrize("spoil", ["mode", "owner", "link"])
def test_a_managed_file_that_others_could_have_written_stops_the_program(
    place: Place, name: str, spoil: str
) -> None:
    place.write(place.managed / "managed-settings.json")
    place.write(place.managed / "managed-settings.d" / "a.json")
    place.read()
    path = place.managed / name
    if spoil == "mode":
        path.chmod(0o777)
    elif spoil == "owner":
        os.chown(path, 12345, -1)
    else:
        moved = place.managed.parent / "moved"
        path.rename(moved)
        path.symlink_to(moved)
    with pytest.raises(SettingsInvalid, match=r"written by others|does not belong to root|link"):
        place.read()


@pytest.mark.parametrize("which", ["project", "local", "user"])
@pytest.mark.parametrize("text", ["", "{", '{"sandbox": {"unknown": 1}}'])
def test_a_broken_file_stops_the_program(place: Place, which: str, text: str) -> None:
    path: Path = getattr(place, which)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(SettingsInvalid, match=r"settings.*\.json:1: "):
        place.read()


@pytest.mark.parametrize("target", ["elsewhere", "nowhere", "folder"])
def test_a_link_in_the_repository_stops_the_program(place: Place, target: str) -> None:
    elsewhere = place.write(place.home / "elsewhere" / "settings.json", denied=["a.example"])
    if target == "folder":
        place.project.parent.symlink_to(elsewhere.parent)
    else:
        place.project.parent.mkdir()
        place.project.symlink_to(elsewhere if target == "elsewhere" else "nowhere")
    with pytest.raises(SettingsInvalid, match="link"):
        place.read()


def test_a_users_file_may_be_a_link(place: Place) -> None:
    kept = place.write(place.home / "dotfiles" / "sandbox.json", denied=["a.example"])
    place.user.parent.mkdir(parents=True)
    place.user.symlink_to(kept)
    assert [each.text for each in place.read().network.denied_domains] == ["a.example"]


def test_a_file_in_the_place_of_the_settings_folder_is_no_settings(place: Place) -> None:
    (place.workspace / ".sandbox").write_text("")
    assert place.read() == Settings()
