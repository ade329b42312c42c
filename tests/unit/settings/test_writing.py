"""One rule is added to a settings file; what leads elsewhere, or cannot be read, stays as it is."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from runner.errors import SettingsInvalid
from runner.settings.schema import network_settings
from runner.settings.writing import Addition, preview, remember

ALLOWED = ("sandbox", "network", "allowedDomains")
DENIED = ("sandbox", "network", "deniedDomains")
BY_HAND = """{
  "$schema": "https://example.com/schema.json",
  "sandbox": {"network": {
    "allowedDomains": [
      "a.example"
    ]
  }},
  "permissions": {"allow": ["Bash(ls *)"]}
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path.resolve() / ".sandbox" / "settings.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_that_is_missing_is_made_for_its_owner_alone(path: Path) -> None:
    planned = preview(path, ALLOWED, "a.example")
    assert not path.parent.exists()
    assert remember(path, ALLOWED, "a.example") == planned
    assert planned == Addition(path, 5, "sandbox.network.allowedDomains", "a.example")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    (allowed,) = network_settings(path.read_bytes(), "f", "user").allowed_domains
    assert (allowed.text, allowed.line) == ("a.example", planned.line)


def test_a_file_that_is_there_keeps_everything_else(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(BY_HAND)
    path.chmod(0o644)
    assert preview(path, ALLOWED, "b.example").line == 6
    assert path.read_text() == BY_HAND
    assert remember(path, ALLOWED, "b.example").line == 6
    with_allowed = BY_HAND.replace('"a.example"\n', '"a.example",\n      "b.example"\n')
    assert path.read_text() == with_allowed
    assert remember(path, DENIED, "c.example").line == 8
    assert path.read_text() == with_allowed.replace(
        "    ]\n", '    ],\n    "deniedDomains": ["c.example"]\n'
    )
    assert mode(path) == 0o644
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_is_there_already_is_not_written_again(path: Path) -> None:
    remember(path, ALLOWED, "a.example")
    before = path.stat()
    again = remember(path, ALLOWED, "a.example")
    assert (again.written, again.line) == (False, 5)
    assert path.stat() == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_root_leaves_files_with_those_to_whom_the_place_belongs(path: Path) -> None:
    os.chown(path.parent.parent, 12345, 12346)
    remember(path, ALLOWED, "a.example")
    assert [(each.stat().st_uid, each.stat().st_gid) for each in (path, path.parent)] == [
        (12345, 12346),
        (12345, 12346),
    ]
    os.chown(path, 12347, 12346)
    remember(path, ALLOWED, "b.example")
    assert path.stat().st_uid == 12347


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_is_not_followed(path: Path, tmp_path: Path, where: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = elsewhere / "settings.json"
    victim.write_text("{}")
    if where == "folder":
        path.parent.symlink_to(elsewhere)
    else:
        path.parent.mkdir()
        path.symlink_to(victim)
    # The control: whoever writes to the path writes to the other file.
    path.write_text(path.read_text() + "\n")
    assert victim.read_text() == "{}\n"
    for act in (preview, remember):
        with pytest.raises(SettingsInvalid, match="symbolic link"):
            act(path, ALLOWED, "a.example")
    assert victim.read_text() == "{}\n"
    assert [each.name for each in elsewhere.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_that_leads_nowhere_makes_nothing(path: Path, tmp_path: Path, where: str) -> None:
    if where == "folder":
        path.parent.symlink_to(tmp_path / "nowhere")
    else:
        path.parent.mkdir()
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SettingsInvalid):
        remember(path, ALLOWED, "a.example")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("spoil", ["second name", "pipe", "folder", "anybody"])
def test_what_is_no_plain_file_of_ones_own_is_left_alone(path: Path, spoil: str) -> None:
    path.parent.mkdir()
    if spoil == "pipe":
        os.mkfifo(path)
    elif spoil == "folder":
        path.mkdir()
    else:
        path.write_text("{}")
        if spoil == "anybody":
            path.chmod(0o666)
        else:
            (path.parent / "other").hardlink_to(path)
    names = sorted(path.parent.iterdir())
    with pytest.raises(SettingsInvalid, match=r"hard link|regular file|anybody"):
        remember(path, ALLOWED, "a.example")
    assert sorted(path.parent.iterdir()) == names


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"unknown": 1}',
        b'{"sandbox": null}',
        b'{"sandbox": {"network": {"allowedDomains": "a.example"}}}',
        b"{} " + b" " * 1024 * 1024,
        b"{}" + b" " * (1024 * 1024 - 2),
    ],
    ids=lambda text: ascii(text[:24]),
)
def test_a_file_that_could_not_be_read_again_is_left_alone(path: Path, text: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(text)
    for act in (preview, remember):
        with pytest.raises(SettingsInvalid):
            act(path, ALLOWED, "a.example")
    assert path.read_bytes() == text
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_of_many_at_once_none_is_lost(path: Path) -> None:
    texts = [f"host-{number}.example" for number in range(16)]
    threads = [threading.Thread(target=remember, args=(path, ALLOWED, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = json.loads(path.read_bytes())["sandbox"]["network"]["allowedDomains"]
    assert sorted(found) == sorted(texts)


def test_what_is_shown_is_escaped() -> None:
    addition = Addition(Path("/a\x1b/s.json"), 3, "sandbox.network.allowedDomains", "b\u202e")
    assert str(addition) == "/a\\x1b/s.json:3: sandbox.network.allowedDomains: 'b\\u202e'"
