"""What was opened is checked: no link, no pipe, no second name, nobody else's hand."""

import os
from pathlib import Path

import pytest

from runner.errors import SettingsInvalid
from runner.settings.files import (
    MOST_BYTES,
    exists,
    names_beneath,
    owned_by,
    read_beneath,
    read_named,
    tracked,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "inner").mkdir(parents=True)
    for each in (folder, folder / "inner"):
        each.chmod(0o755)
    file = folder / "inner" / "file"
    file.write_text("text")
    file.chmod(0o644)
    return folder


def read(root: Path) -> bytes:
    return read_beneath(root, "inner", "file", complaint=tracked)


def test_a_plain_file_is_read(root: Path) -> None:
    assert read(root) == b"text"
    assert read_named(root / "inner" / "file") == b"text"


def replace_by_link(path: Path) -> None:
    moved = path.with_name("moved")
    path.rename(moved)
    path.symlink_to(moved)


@pytest.mark.parametrize("name", [".", "inner", "inner/file"])
def test_a_symbolic_link_on_the_way_is_refused(root: Path, name: str) -> None:
    replace_by_link(root / name)
    with pytest.raises(SettingsInvalid, match="symbolic link"):
        read(root)


def test_a_link_is_followed_where_the_user_put_it(root: Path) -> None:
    replace_by_link(root / "inner" / "file")
    assert read_named(root / "inner" / "file") == b"text"


def test_a_file_with_a_second_name_is_refused(root: Path) -> None:
    os.link(root / "inner" / "file", root / "other")
    with pytest.raises(SettingsInvalid, match="second name"):
        read(root)


def test_a_pipe_is_refused_without_waiting_for_it(root: Path) -> None:
    (root / "inner" / "file").unlink()
    os.mkfifo(root / "inner" / "file")
    with pytest.raises(SettingsInvalid, match="not a regular file"):
        read(root)
    with pytest.raises(SettingsInvalid, match="not a regular file"):
        read_named(root / "inner" / "file")


def test_a_folder_in_the_place_of_a_file_is_refused(root: Path) -> None:
    with pytest.raises(SettingsInvalid, match="not a regular file"):
        read_beneath(root, "inner", complaint=tracked)


@pytest.mark.parametrize(("size", "fits"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_a_file_has_a_largest_size(root: Path, size: int, fits: bool) -> None:
    (root / "inner" / "file").write_bytes(bytes(size))
    if fits:
        assert len(read(root)) == size
    else:
        with pytest.raises(SettingsInvalid, match="larger than"):
            read(root)


def test_a_file_of_the_user_that_anybody_may_write_is_refused(root: Path) -> None:
    file = root / "inner" / "file"
    file.chmod(0o664)  # what umask 002 makes
    assert read_named(file) == b"text"
    file.chmod(0o666)
    with pytest.raises(SettingsInvalid, match="written by anybody"):
        read_named(file)


@pytest.mark.parametrize("name", [".", "inner", "inner/file"])
@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_what_others_may_write_is_not_the_owners(root: Path, name: str, mode: int) -> None:
    complaint = owned_by(os.getuid())
    assert read_beneath(root, "inner", "file", complaint=complaint) == b"text"
    (root / name).chmod(mode)
    with pytest.raises(SettingsInvalid, match="written by others"):
        read_beneath(root, "inner", "file", complaint=complaint)


def test_what_belongs_to_somebody_else_is_not_the_owners(root: Path) -> None:
    with pytest.raises(SettingsInvalid, match="does not belong to uid"):
        read_beneath(root, "inner", "file", complaint=owned_by(os.getuid() + 1))


def test_the_names_in_a_folder_are_sorted_and_guarded_alike(root: Path) -> None:
    (root / "inner" / "another").touch()
    complaint = owned_by(os.getuid())
    assert names_beneath(root, "inner", complaint=complaint) == ["another", "file"]
    replace_by_link(root / "inner")
    with pytest.raises(SettingsInvalid, match="symbolic link"):
        names_beneath(root, "inner", complaint=complaint)


def test_a_name_is_there_even_if_it_leads_nowhere(root: Path) -> None:
    (root / "dangling").symlink_to("nowhere")
    assert exists(root / "dangling")
    assert exists(root / "inner")
    assert not exists(root / "absent")
    assert not exists(root / "inner" / "file" / "below")


def test_no_descriptor_is_left_open(root: Path) -> None:
    before = sorted(Path("/proc/self/fd").iterdir())
    read(root)
    for complaint in (owned_by(os.getuid() + 1), tracked):
        for names in (("inner", "absent"), ("inner",), ("inner", "file", "below")):
            with pytest.raises(SettingsInvalid):
                read_beneath(root, *names, complaint=complaint)
    assert sorted(Path("/proc/self/fd").iterdir()) == before
