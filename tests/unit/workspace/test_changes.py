import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.workspace.changes import changed, snapshot


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: None, []),
        (lambda root: (root / "a" / "new").write_text(""), ["a/new"]),
        (lambda root: (root / "a" / "one").write_text("other"), ["a/one"]),
        (lambda root: (root / "a" / "one").unlink(), ["a/one"]),
        (lambda root: (root / "a" / "one").rename(root / "two"), ["a/one", "two"]),
        (lambda root: (root / "a").rename(root / "b"), ["a/one", "b/one"]),
        (lambda root: (root / "a" / "one").chmod(0o600), ["a/one"]),
        (lambda root: (root / "empty").mkdir(), []),
        (lambda root: (root / "link").symlink_to("/etc"), ["link"]),
        (lambda root: os.mkfifo(root / "fifo"), ["fifo"]),
        (lambda root: (root / os.fsdecode(b"\xff")).touch(), [os.fsdecode(b"\xff")]),
    ],
    ids=[
        "nothing", "created", "changed", "removed", "renamed", "folder renamed", "mode", "folder",
        "link", "fifo", "not UTF-8",
    ],
)  # fmt: skip
def test_files_that_differ_are_named(
    workspace: Path, change: Callable[[Path], object], expected: list[str]
) -> None:
    (workspace / "a").mkdir()
    (workspace / "a" / "one").write_text("x")
    before = snapshot(workspace)
    change(workspace)
    assert changed(before, snapshot(workspace)) == expected


def test_a_snapshot_that_is_too_large_says_so_and_claims_nothing_it_cannot_know(
    workspace: Path,
) -> None:
    for number in range(5):
        (workspace / str(number)).touch()
    assert snapshot(workspace, limit_entries=5).complete
    before = snapshot(workspace, limit_entries=4)
    assert not before.complete
    assert changed(before, snapshot(workspace)) == []


def test_a_linked_folder_is_not_looked_into(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").touch()
    (workspace / "link").symlink_to(tmp_path / "outside")
    assert list(snapshot(workspace).files) == ["link"]
