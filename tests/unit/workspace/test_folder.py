import os
from pathlib import Path

import pytest

from runner.errors import WorkspaceRefused
from runner.workspace.folder import opened


def open_it(path: str | Path, home: str | Path = "/home/someone", euid: int | None = None) -> Path:
    return opened(path, home=home, euid=os.geteuid() if euid is None else euid).path


def test_a_folder_of_ones_own_is_opened_by_its_real_path_and_identity(workspace: Path) -> None:
    found = opened(workspace, home="/home/someone", euid=os.geteuid())
    status = workspace.stat()
    assert found.path == workspace.resolve()
    assert (found.uid, found.gid) == (status.st_uid, status.st_gid)
    assert (found.device, found.inode) == (status.st_dev, status.st_ino)


@pytest.mark.parametrize("name", ["a:b", "a b", "ü", "-x", "$(x)"])
def test_strange_names_pass(workspace: Path, name: str) -> None:
    folder = workspace / name
    folder.mkdir()
    assert open_it(folder) == folder.resolve()


def test_a_link_further_up_passes_and_is_resolved(workspace: Path, tmp_path: Path) -> None:
    (workspace / "project").mkdir()
    (tmp_path / "link").symlink_to(workspace)
    assert open_it(tmp_path / "link" / "project") == (workspace / "project").resolve()


@pytest.mark.parametrize(
    "path", ["/", "//", "/etc", "/etc/", "/usr", "/var", "/tmp", "/root", "/home", "/proc/self"]
)
def test_folders_of_the_system_are_refused(path: str) -> None:
    with pytest.raises(WorkspaceRefused):
        open_it(path)


def test_home_and_what_holds_it_are_refused_and_a_folder_in_it_passes(tmp_path: Path) -> None:
    home = tmp_path / "users" / "me"
    (home / "project").mkdir(parents=True)
    for refused in (home, home.parent, tmp_path):
        with pytest.raises(WorkspaceRefused, match="home"):
            open_it(refused, home=home)
    assert open_it(home / "project", home=home) == (home / "project").resolve()


def test_a_sibling_whose_name_begins_like_home_passes(tmp_path: Path) -> None:
    (tmp_path / "me").mkdir()
    (tmp_path / "me_too").mkdir()
    assert open_it(tmp_path / "me_too", home=tmp_path / "me").name == "me_too"


def test_home_is_recognised_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    with pytest.raises(WorkspaceRefused, match="home"):
        open_it(tmp_path / "real", home=tmp_path / "home")


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_link_is_refused_and_the_fix_names_the_real_folder(
    tmp_path: Path, workspace: Path, ending: str
) -> None:
    (tmp_path / "link").symlink_to(workspace)
    with pytest.raises(WorkspaceRefused, match="symbolic link") as refused:
        open_it(f"{tmp_path}/link{ending}")
    assert str(workspace.resolve()) in refused.value.fix


def test_a_file_and_a_missing_folder_are_refused_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceRefused, match="not a folder") as refused:
        open_it(tmp_path / "file")
    assert str(tmp_path) in refused.value.fix
    with pytest.raises(WorkspaceRefused, match="no such file") as refused:
        open_it(tmp_path / "missing")
    assert "mkdir" in refused.value.fix
    with pytest.raises(WorkspaceRefused):
        open_it(tmp_path / "file" / "below")


@pytest.mark.parametrize("path", ["", "a\0b", "a\nb", "a\udcff"], ids=["empty", "NUL", "LF", "raw"])
def test_paths_that_cannot_be_shown_or_mounted_are_refused(path: str) -> None:
    with pytest.raises(WorkspaceRefused):
        open_it(path)


def test_a_folder_of_somebody_else_is_refused_unless_root_asks(workspace: Path) -> None:
    other = workspace.stat().st_uid + 1
    with pytest.raises(WorkspaceRefused, match="belongs to"):
        open_it(workspace, euid=other)
    assert open_it(workspace, euid=0) == workspace.resolve()
