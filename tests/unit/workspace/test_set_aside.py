import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from runner.workspace.intrusions import Appeared, Changed, Intrusion, Replaced, Vanished
from runner.workspace.set_aside import SetAside, set_aside, shown
from runner.workspace.walk import Kind


def appear(path: str) -> Appeared:
    return Appeared(path, Kind.FILE)


def one(root: Path, path: str, call_id: str = "c1") -> SetAside:
    (done,) = set_aside(root, [appear(path)], call_id)
    return done


@pytest.mark.parametrize(
    "plant",
    [
        lambda path: path.write_text("x"),
        lambda path: path.mkdir(),
        lambda path: (path / "deep").mkdir(parents=True),
        lambda path: path.symlink_to("src"),
        lambda path: path.symlink_to("nowhere"),
        os.mkfifo,
    ],
    ids=["file", "folder", "full folder", "link", "dangling link", "fifo"],
)
def test_anything_is_renamed_in_place_and_comes_back_by_what_is_said(
    workspace: Path, plant: Callable[[Path], object]
) -> None:
    folder = workspace / "it's a" / "folder"
    folder.mkdir(parents=True)
    path = folder / ".envrc"
    plant(path)
    mode = path.lstat().st_mode
    done = one(workspace, "it's a/folder/.envrc", "c-1")
    assert (done.moved_to, done.failure) == ("it's a/folder/.envrc.set-aside-c1", "")
    assert not os.path.lexists(path)
    assert (workspace / done.moved_to).lstat().st_mode == mode
    subprocess.run(["bash", "-c", done.put_back], check=True)
    assert path.lstat().st_mode == mode


def test_a_planted_second_name_does_not_come_back(workspace: Path) -> None:
    (workspace / "second").write_text("x")
    os.link(workspace / "second", workspace / ".envrc")
    subprocess.run(["bash", "-c", one(workspace, ".envrc").put_back], check=True)
    assert (workspace / ".envrc").stat().st_nlink == 1
    assert (workspace / ".envrc").stat().st_ino != (workspace / "second").stat().st_ino


def test_nothing_is_overwritten(workspace: Path) -> None:
    for number in range(3):
        (workspace / ".envrc").write_text(str(number))
        one(workspace, ".envrc")
    kept = sorted(path.name for path in workspace.iterdir())
    assert kept == [".envrc.set-aside-c1", ".envrc.set-aside-c1-1", ".envrc.set-aside-c1-2"]
    assert {path.read_text() for path in workspace.iterdir()} == {"0", "1", "2"}


def test_a_replaced_link_is_put_back(workspace: Path) -> None:
    (workspace / ".vscode").mkdir()
    (done,) = set_aside(workspace, [Replaced(".vscode", Kind.FOLDER, "settings")], "c1")
    assert (workspace / ".vscode").readlink() == Path("settings")
    assert (workspace / done.moved_to).is_dir()
    subprocess.run(["bash", "-c", done.put_back], check=True)
    assert (workspace / ".vscode").is_dir()
    assert not (workspace / ".vscode").is_symlink()


def test_a_parent_that_is_a_link_now_is_not_followed_and_that_is_said(
    workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / ".envrc").write_text("the host's")
    (workspace / "sub").symlink_to(tmp_path / "outside")
    assert (workspace / "sub" / ".envrc").exists(), "the attack works on a plain path"
    assert one(workspace, "sub/.envrc").failure != ""
    assert (tmp_path / "outside" / ".envrc").exists()


def test_what_is_gone_changed_or_vanished_needs_nothing(workspace: Path) -> None:
    (workspace / ".npmrc").write_text("mine")
    changes: list[Intrusion] = [appear(".envrc"), Changed(".npmrc"), Vanished(".profile")]
    assert set_aside(workspace, changes, "c1") == ()
    assert (workspace / ".npmrc").read_text() == "mine"


def test_a_workspace_that_is_gone_is_a_failure_for_each(tmp_path: Path) -> None:
    done = set_aside(tmp_path / "gone", [appear("a"), appear("b")], "c1")
    assert [each.path for each in done if each.failure] == ["a", "b"]


@contextmanager
def being_nobody() -> Iterator[None]:
    """Root may write to any folder, so as root the test goes on as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_made_read_only_does_not_keep_it() -> None:
    with being_nobody(), TemporaryDirectory() as root:
        sub = Path(root, "sub")
        sub.mkdir()
        (sub / ".envrc").touch()
        sub.chmod(0o555)
        with pytest.raises(PermissionError):
            (sub / ".envrc").rename(sub / "x")
        assert one(Path(root), "sub/.envrc").failure == ""
        assert sub.stat().st_mode & 0o777 == 0o555
        sub.chmod(0o755)


@pytest.mark.parametrize("call_id", ["../../x", "", "a/b", "a\nb", "ü"])
def test_a_strange_call_id_stays_in_the_folder(workspace: Path, call_id: str) -> None:
    (workspace / ".envrc").touch()
    done = one(workspace, ".envrc", call_id)
    assert "/" not in done.moved_to
    assert done.moved_to.isprintable()
    assert (workspace / done.moved_to).exists()


def test_a_name_as_long_as_a_name_can_be_is_cut(workspace: Path) -> None:
    name = ".claude" + "x" * 248
    (workspace / name).touch()
    done = one(workspace, name)
    assert done.failure == ""
    assert (workspace / done.moved_to).exists()


@pytest.mark.parametrize(
    "path", ["a b", "a'b", "$(touch x)", "a\x1b[2Jb", "\u202eb", "a\nb'c\\d", os.fsdecode(b"\xff'")]
)
def test_a_path_is_shown_as_one_harmless_word(path: str) -> None:
    word = shown(path)
    assert word.isprintable()
    done = subprocess.run(["bash", "-c", f"printf %s {word}"], check=True, stdout=subprocess.PIPE)
    assert os.fsdecode(done.stdout) == path
    assert path.isprintable() is (word == shlex.quote(path))
