import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.workspace.trace import trace
from runner.workspace.walk import opened_folder, opened_root, read_file, status


@pytest.fixture
def root(workspace: Path, tmp_path: Path) -> Iterator[int]:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (workspace / "a" / "b").mkdir(parents=True)
    (workspace / "a" / "b" / "file").write_text("mine")
    (workspace / "way_out").symlink_to(tmp_path / "outside")
    (workspace / "a" / "link").symlink_to("b")
    with opened_root(str(workspace)) as descriptor:
        yield descriptor


def test_a_file_below_real_folders_is_read(root: int) -> None:
    assert read_file(root, "a/b/file", 10) == b"mine"
    assert read_file(root, "a/b/file", 3) is None
    assert status(root, "a/b/file").st_size == 4


@pytest.mark.parametrize("path", ["way_out/secret", "a/link/file", "a/../way_out/secret"])
def test_no_link_on_the_way_is_followed(root: int, workspace: Path, path: str) -> None:
    assert (workspace / path).read_text(), "the attack works on a plain open"
    with pytest.raises(OSError):
        read_file(root, path, 10)
    with pytest.raises(OSError), opened_folder(root, path.rpartition("/")[0]):
        pass


def test_a_link_itself_is_neither_read_nor_opened(root: int, workspace: Path) -> None:
    (workspace / "leak").symlink_to("a/b/file")
    with pytest.raises(OSError):
        read_file(root, "leak", 10)


def test_a_fifo_does_not_make_us_wait(root: int, workspace: Path) -> None:
    os.mkfifo(workspace / "fifo")
    with pytest.raises(OSError):
        read_file(root, "fifo", 10)
    with pytest.raises(OSError), opened_folder(root, "fifo"):
        pass


@pytest.mark.parametrize(
    ("text", "end", "missing"),
    [
        ("a/b", "a/b", None),
        ("a/link/file", "a/b/file", None),
        ("a/b/../b", "a/b", None),
        ("a/none/x", None, "a/none/x"),
        ("../outside", None, None),
        ("way_out", None, None),
        ("/etc", None, None),
        ("loop", None, None),
        (".", None, None),
    ],
)
def test_a_link_is_followed_to_its_end_inside_only(
    root: int, workspace: Path, text: str, end: str | None, missing: str | None
) -> None:
    (workspace / "loop").symlink_to("loop")
    (workspace / "start").symlink_to(text)
    led = trace(root, str(workspace), "start")
    assert (led.end, led.missing) == (end, missing)
    assert led.links[0] == "start"


def test_an_absolute_link_into_the_workspace_is_followed(root: int, workspace: Path) -> None:
    (workspace / "start").symlink_to(workspace / "a" / "link")
    led = trace(root, str(workspace), "start")
    assert (led.end, led.links) == ("a/b", ("start", "a/link"))
