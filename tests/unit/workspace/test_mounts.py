import os
from pathlib import Path

import pytest

from runner.errors import WorkspaceRefused
from runner.interfaces import Mount
from runner.workspace import mounts as module
from runner.workspace.mounts import mounts
from runner.workspace.survey import survey


def make(root: Path, *files: str) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_parents_come_before_children_pins_writable_and_the_rest_not(workspace: Path) -> None:
    make(workspace, "a/b/.vscode/x", "a/.envrc", "a-b/.npmrc", ".claude/worktrees/w/.envrc")
    assert mounts(survey(workspace), workspace) == (
        Mount(workspace / ".claude", "/workspace/.claude"),
        Mount(workspace / ".claude/worktrees", "/workspace/.claude/worktrees", writable=True),
        Mount(workspace / ".claude/worktrees/w", "/workspace/.claude/worktrees/w", writable=True),
        Mount(workspace / ".claude/worktrees/w/.envrc", "/workspace/.claude/worktrees/w/.envrc"),
        Mount(workspace / "a", "/workspace/a", writable=True),
        Mount(workspace / "a/.envrc", "/workspace/a/.envrc"),
        Mount(workspace / "a/b", "/workspace/a/b", writable=True),
        Mount(workspace / "a/b/.vscode", "/workspace/a/b/.vscode"),
        Mount(workspace / "a-b", "/workspace/a-b", writable=True),
        Mount(workspace / "a-b/.npmrc", "/workspace/a-b/.npmrc"),
    )


def test_another_target_is_kept(workspace: Path) -> None:
    make(workspace, ".envrc")
    assert mounts(survey(workspace), workspace, "/src") == (
        Mount(workspace / ".envrc", "/src/.envrc"),
    )


def test_a_second_name_is_refused_and_named_until_it_is_gone(workspace: Path) -> None:
    make(workspace, ".envrc")
    os.link(workspace / ".envrc", workspace / "second")
    with pytest.raises(WorkspaceRefused, match=r"'\.envrc'") as refused:
        mounts(survey(workspace), workspace)
    assert "cp -p" in refused.value.fix
    (workspace / "second").unlink()
    assert mounts(survey(workspace), workspace)


def test_a_path_that_is_not_utf_8_is_refused_only_when_it_must_be_mounted(workspace: Path) -> None:
    name = os.fsdecode(b"\xff")
    make(workspace, f"{name}/x")
    assert mounts(survey(workspace), workspace) == ()
    make(workspace, f"{name}/.envrc")
    with pytest.raises(WorkspaceRefused, match="UTF-8"):
        mounts(survey(workspace), workspace)


def test_more_mounts_than_an_engine_bears_are_refused(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(workspace, ".envrc", ".npmrc")
    monkeypatch.setattr(module, "MOST_MOUNTS", 2)
    assert len(mounts(survey(workspace), workspace)) == 2
    make(workspace, ".profile")
    with pytest.raises(WorkspaceRefused, match="3 mounts"):
        mounts(survey(workspace), workspace)


def test_a_workspace_that_was_not_seen_as_a_whole_is_refused(workspace: Path) -> None:
    (workspace / "/".join(["n"] * 70)).mkdir(parents=True)
    with pytest.raises(WorkspaceRefused, match="64 folders deep"):
        mounts(survey(workspace), workspace)
