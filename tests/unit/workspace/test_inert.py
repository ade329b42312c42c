"""New repositories: what git itself writes stays, what can run anything is an intrusion.

Each attack is first shown to run a program through the real git.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.workspace.findings import Survey
from runner.workspace.intrusions import compare
from runner.workspace.set_aside import set_aside
from runner.workspace.survey import survey

Git = Callable[..., str]


@pytest.fixture
def origin(tmp_path: Path, git: Git) -> Path:
    origin = tmp_path / "origin"
    origin.mkdir()
    git("init", cwd=origin)
    (origin / "file").write_text("x")
    git("add", "file", cwd=origin)
    git("commit", "-m", "x", cwd=origin)
    return origin


def intrusions(root: Path, before: Survey) -> list[str]:
    return [one.path for one in compare(before, survey(root, before))]


@pytest.mark.parametrize(
    "command",
    [
        ["init", "new"],
        ["init", "--bare", "new"],
        ["init", "--object-format=sha256", "new"],
        ["init", "--template=", "new"],
        ["clone", "{origin}", "new"],
        ["clone", "--bare", "{origin}", "new"],
        ["clone", "--mirror", "{origin}", "new"],
        ["clone", "--depth=1", "file://{origin}", "new"],
        ["clone", "--no-checkout", "--sparse", "{origin}", "new"],
        ["clone", "--filter=blob:none", "file://{origin}", "new"],
    ],
    ids=" ".join,
)
def test_what_git_init_and_git_clone_write_stays_and_is_protected_from_then_on(
    workspace: Path, origin: Path, git: Git, command: list[str]
) -> None:
    before = survey(workspace)
    said = git(*[word.format(origin=origin) for word in command], cwd=workspace)
    after = survey(workspace, before)
    assert after.repositories, said
    assert compare(before, after) == ()
    assert any(one.path.endswith("config") for one in after.protected)


def test_a_clone_with_submodules_keeps_its_repositories(
    workspace: Path, origin: Path, tmp_path: Path, git: Git
) -> None:
    allowed = ("-c", "protocol.file.allow=always")
    outer = tmp_path / "outer"
    git("init", "outer", cwd=tmp_path)
    said = git(*allowed, "submodule", "add", str(origin), "lib/inner", cwd=outer)
    said += git("commit", "-m", "x", cwd=outer)
    before = survey(workspace)
    said += git(*allowed, "clone", "--recurse-submodules", str(outer), "new", cwd=workspace)
    assert (workspace / "new" / "lib" / "inner" / "file").exists(), said
    assert intrusions(workspace, before) == ["new/.gitmodules"]


def test_a_new_worktree_stays(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    git("commit", "--allow-empty", "-m", "x", cwd=workspace)
    before = survey(workspace)
    git("worktree", "add", "tree", cwd=workspace)
    assert (workspace / "tree" / ".git").exists()
    assert intrusions(workspace, before) == []


def test_what_a_cell_writes_of_its_own_view_is_understood(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    git("commit", "--allow-empty", "-m", "x", cwd=workspace)
    before = survey(workspace)
    git("worktree", "add", "tree", cwd=workspace)
    (workspace / "tree" / ".git").write_text("gitdir: /workspace/.git/worktrees/tree\n")
    (workspace / ".git" / "worktrees" / "tree" / "gitdir").write_text("/workspace/tree/.git\n")
    assert intrusions(workspace, before) == []


def a_setting(repository: Path, text: str) -> None:
    with (repository / ".git" / "config").open("a") as config:
        config.write(text)


def a_hook(repository: Path, ran: Path) -> None:
    (repository / ".git" / "hooks").mkdir(exist_ok=True)
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    hook.chmod(0o755)


def an_attribute(repository: Path, ran: Path) -> None:
    a_setting(repository, f"[filter \"x\"]\nclean = touch '{ran}'; cat\n")
    (repository / ".git" / "info" / "attributes").write_text("* filter=x\n")
    (repository / "file").write_text("y")


def an_include(repository: Path, ran: Path) -> None:
    (repository / "more").write_text(f"[core]\nfsmonitor = touch '{ran}'\n")
    a_setting(repository, "[include]\npath = ../more\n")


def a_worktree_setting(repository: Path, ran: Path) -> None:
    a_setting(repository, "[extensions]\nworktreeConfig = true\n")
    (repository / ".git" / "config.worktree").write_text(f"[core]\nfsmonitor = touch '{ran}'\n")


def another_common_folder(repository: Path, ran: Path) -> None:
    (repository / ".git").rename(repository / "common")
    common = repository / "common"
    with (common / "config").open("a") as config:
        config.write(f"[core]\nfsmonitor = touch '{ran}'\nbare = false\n")
    (repository / ".git").mkdir()
    (repository / ".git" / "HEAD").write_text("ref: refs/heads/x\n")
    (repository / ".git" / "commondir").write_text("../common\n")
    (common / "HEAD").unlink()


def a_file_system_monitor(repository: Path, ran: Path) -> None:
    a_setting(repository, f"[core]\nfsmonitor = touch '{ran}'\n")


def another_hooks_folder(repository: Path, ran: Path) -> None:
    a_hook(repository, ran)
    (repository / ".git" / "hooks").rename(repository / "h")
    a_setting(repository, "[core]\nhooksPath = h\n")


ATTACKS = [
    a_file_system_monitor,
    a_hook,
    another_hooks_folder,
    an_attribute,
    an_include,
    a_worktree_setting,
    another_common_folder,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_new_repository_that_can_run_something_is_set_aside(
    workspace: Path, tmp_path: Path, git: Git, attack: Callable[[Path, Path], None]
) -> None:
    before = survey(workspace)
    ran = tmp_path / "ran"
    git("init", "new", cwd=workspace)
    repository = workspace / "new"
    (repository / "file").write_text("x")
    git("add", "file", cwd=repository)
    attack(repository, ran)
    git("status", cwd=repository)
    git("add", "--all", cwd=repository)
    assert ran.exists(), "the attack works"
    ran.unlink()

    found = compare(before, survey(workspace, before))
    assert [one.path for one in found] == ["new/.git"]
    (moved,) = set_aside(workspace, found, "c1")
    assert moved.failure == ""
    said = git("status", cwd=repository) + git("add", "--all", cwd=repository)
    said += git("status", cwd=workspace / moved.moved_to)
    assert "not a git repository" in said
    assert not ran.exists()
    assert intrusions(workspace, before) == []


def test_a_bare_repository_hidden_in_a_folder_is_disabled_and_the_folder_left(
    workspace: Path, tmp_path: Path, git: Git
) -> None:
    (workspace / "src").mkdir()
    (workspace / "src" / "main.py").touch()
    before = survey(workspace)
    ran = tmp_path / "ran"
    git("init", "--bare", "src", cwd=workspace)
    (workspace / "src" / "config").write_text(
        f"[core]\nrepositoryformatversion = 0\nworktree = .\nfsmonitor = touch '{ran}'\n"
    )
    git("status", cwd=workspace / "src")
    assert ran.exists(), "the attack works"
    ran.unlink()
    found = compare(before, survey(workspace, before))
    assert [one.path for one in found] == ["src/HEAD"]
    set_aside(workspace, found, "c1")
    assert "not a git repository" in git("status", cwd=workspace / "src")
    assert not ran.exists()
    assert (workspace / "src" / "main.py").exists()


def test_a_git_file_that_points_to_a_hidden_repository_is_noticed(
    workspace: Path, tmp_path: Path, git: Git
) -> None:
    (workspace / "sub").mkdir()
    (workspace / "node_modules" / "x").mkdir(parents=True)
    before = survey(workspace)
    ran = tmp_path / "ran"
    hidden = workspace / "node_modules" / "x" / "repository"
    git("init", "--bare", str(hidden), cwd=workspace)
    (hidden / "config").write_text(f"[core]\nrepositoryformatversion=0\nfsmonitor=touch '{ran}'\n")
    (workspace / "sub" / ".git").write_text("gitdir: ../node_modules/x/repository\n")
    git("status", cwd=workspace / "sub")
    assert ran.exists(), "the attack works"
    assert intrusions(workspace, before) == ["sub/.git"]


@pytest.mark.parametrize(
    "text",
    [
        "gitdir: /elsewhere", "gitdir: ../../elsewhere", "gitdir: ../link/../.git", "gitdir: ",
        "nonsense", "gitdir: ../nowhere", "gitdir: ../.git\nx", "",
    ],
)  # fmt: skip
def test_git_files_that_point_to_no_known_repository_are_noticed(
    workspace: Path, git: Git, text: str
) -> None:
    git("init", cwd=workspace)
    (workspace / "sub").mkdir()
    before = survey(workspace)
    (workspace / "sub" / ".git").write_text(text)
    assert intrusions(workspace, before) == ["sub/.git"]


def test_a_git_file_that_points_to_a_known_repository_stays(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    (workspace / "sub").mkdir()
    before = survey(workspace)
    (workspace / "sub" / ".git").write_text("gitdir: ../.git\n")
    assert intrusions(workspace, before) == []


def test_a_second_name_of_a_new_repositorys_settings_is_noticed(workspace: Path, git: Git) -> None:
    before = survey(workspace)
    git("init", "new", cwd=workspace)
    os.link(workspace / "new" / ".git" / "config", workspace / "second")
    assert intrusions(workspace, before) == ["new/.git"]


def test_a_repository_that_no_engine_could_protect_is_noticed(workspace: Path, git: Git) -> None:
    before = survey(workspace)
    name = os.fsdecode(b"\xff")
    git("init", name, cwd=workspace)
    assert intrusions(workspace, before) == [f"{name}/.git"]


def test_an_exec_line_planted_in_a_rebase_is_set_aside(
    workspace: Path, tmp_path: Path, git: Git
) -> None:
    ran = tmp_path / "ran"
    git("init", cwd=workspace)
    for number in range(3):
        git("commit", "--allow-empty", "-m", str(number), cwd=workspace)
    before = survey(workspace)
    git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "-i", "HEAD~1", cwd=workspace)
    steps = workspace / ".git" / "rebase-merge" / "git-rebase-todo"
    assert steps.exists()
    assert intrusions(workspace, before) == [], "a rebase alone is nothing"
    steps.write_text(f"exec touch '{ran}'\n" + steps.read_text())
    found = compare(before, survey(workspace, before))
    assert [one.path for one in found] == [".git/rebase-merge/git-rebase-todo"]
    git("rebase", "--continue", cwd=workspace)
    assert ran.exists(), "the attack works"


def test_a_workspace_that_is_made_a_bare_repository_itself_is_freed(
    workspace: Path, tmp_path: Path, git: Git
) -> None:
    (workspace / "refs" / "mine").mkdir(parents=True)
    before = survey(workspace)
    ran = tmp_path / "ran"
    git("init", "--bare", ".", cwd=workspace)
    (workspace / "config").write_text(
        f"[core]\nrepositoryformatversion = 0\nworktree = .\nfsmonitor = touch '{ran}'\n"
    )
    (workspace / "refs" / "mine" / ".envrc").touch()
    git("status", cwd=workspace)
    assert ran.exists(), "the attack works"
    found = compare(before, survey(workspace, before))
    assert [one.path for one in found] == ["HEAD", "refs/mine/.envrc"]
    assert [one.failure for one in set_aside(workspace, found, "c1")] == ["", ""]
    assert "not a git repository" in git("status", cwd=workspace)
