"""A container that changes everything while we look: nothing fails, hangs or leads us out."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.workspace.changes import snapshot
from runner.workspace.findings import Survey
from runner.workspace.intrusions import compare
from runner.workspace.set_aside import set_aside
from runner.workspace.survey import survey

ROUNDS = 60


@contextmanager
def shuffling(root: Path, outside: Path) -> Iterator[None]:
    """Swap a folder for a link out of the workspace and back, and protected names in and out."""
    stop = threading.Event()

    def shuffle() -> None:
        sub = root / "sub"
        while not stop.is_set():
            with suppress(OSError):
                sub.rename(root / "away")
                sub.symlink_to(outside)
                sub.unlink()
                (root / "away").rename(sub)
                (sub / ".envrc").symlink_to("nowhere")
                (sub / ".envrc").unlink()
                os.mkfifo(sub / ".envrc")
                (sub / ".envrc").unlink()
                (sub / ".vscode").mkdir()
                (sub / ".vscode").rmdir()

    thread = threading.Thread(target=shuffle)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_nothing_fails_and_nothing_outside_is_seen_or_moved(
    workspace: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".npmrc").write_text("the host's")
    (outside / "secret").touch()
    (workspace / "sub").mkdir()
    before: Survey = survey(workspace)
    found = before
    with shuffling(workspace, outside):
        for number in range(ROUNDS):
            found = survey(workspace, found)
            assert not any(one.path.endswith(".npmrc") for one in found.protected)
            assert not any(path.endswith("secret") for path in snapshot(workspace).files)
            set_aside(workspace, compare(before, found), str(number))
    assert (outside / ".npmrc").read_text() == "the host's"
    assert sorted(path.name for path in outside.iterdir()) == [".npmrc", "secret"]
