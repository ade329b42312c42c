import os
import resource
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner.errors import WorkspaceRefused
from runner.workspace import look
from runner.workspace.findings import Survey
from runner.workspace.survey import survey
from runner.workspace.walk import Kind

Git = Callable[..., str]


def paths(found: Survey) -> list[str]:
    return [one.path for one in found.protected]


def pins(found: Survey) -> list[str]:
    return [one.path for one in found.pins]


def settled(root: Path, previous: Survey | None = None) -> Survey:
    """A survey taken when everything is old enough for its change time to prove something."""
    time.sleep(0.07)
    return survey(root, previous)


def make(root: Path, *files: str) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_an_empty_workspace_protects_nothing(workspace: Path) -> None:
    found = survey(workspace)
    assert (found.protected, found.pins, found.exposed, found.unseen) == ((), (), (), "")


def test_protected_names_are_found_at_any_depth_with_their_folders_pinned(workspace: Path) -> None:
    make(workspace, ".envrc", "a/b/.vscode/tasks.json", "a/b/other", "gradle/wrapper/x.jar")
    found = survey(workspace)
    assert paths(found) == [".envrc", "a/b/.vscode", "gradle/wrapper"]
    assert [one.kind for one in found.protected] == [Kind.FILE, Kind.FOLDER, Kind.FOLDER]
    assert pins(found) == ["a", "a/b", "gradle"]


def test_a_repository_stays_writable_but_for_what_decides_what_git_runs(
    workspace: Path, git: Git
) -> None:
    git("init", cwd=workspace)
    make(workspace, ".git/objects/info/alternates", ".git/config.worktree", ".git/commondir")
    found = survey(workspace)
    assert paths(found) == [
        ".git/commondir",
        ".git/config",
        ".git/config.worktree",
        ".git/hooks",
        ".git/info",
        ".git/objects/info/alternates",
    ]
    assert pins(found) == [".git", ".git/objects", ".git/objects/info"]
    assert found.repositories == {".git": ".git"}


def test_submodules_and_worktrees_are_repositories_too(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    git("commit", "--allow-empty", "-m", "x", cwd=workspace)
    git("worktree", "add", "tree", cwd=workspace)
    (workspace / ".git" / "modules" / "deep").mkdir(parents=True)
    git("init", "--separate-git-dir", ".git/modules/deep/name", "module", cwd=workspace)
    found = survey(workspace)
    assert {
        ".git/worktrees/tree/commondir",
        ".git/worktrees/tree/gitdir",
        ".git/modules/deep/name/config",
        ".git/modules/deep/name/hooks",
        "tree/.git",
        "module/.git",
    } <= set(paths(found))
    assert found.repositories[".git/modules/deep/name"] == ".git/modules/deep/name/HEAD"


def test_a_bare_repository_is_known_by_its_layout_under_any_name(workspace: Path, git: Git) -> None:
    git("init", "--bare", "innocent", cwd=workspace)
    found = survey(workspace)
    assert paths(found) == ["innocent/config", "innocent/hooks", "innocent/info"]
    assert found.repositories == {"innocent": "innocent/HEAD"}


def test_folders_full_of_packages_are_looked_at_but_not_into(workspace: Path) -> None:
    make(workspace, "node_modules/x/.npmrc", "node_modules/.yarnrc", "src/x/.npmrc")
    assert paths(survey(workspace)) == ["node_modules/.yarnrc", "src/x/.npmrc"]


def test_a_folder_that_is_a_link_is_not_looked_into(workspace: Path, tmp_path: Path) -> None:
    make(tmp_path, "elsewhere/.envrc")
    (workspace / "link").symlink_to(tmp_path / "elsewhere")
    assert paths(survey(workspace)) == []


def test_a_link_is_protected_with_what_it_leads_to(workspace: Path) -> None:
    make(workspace, "tools/hook.sh", "settings/vscode/tasks.json")
    (workspace / ".vscode").symlink_to("settings/vscode")
    (workspace / ".husky").mkdir()
    (workspace / ".husky" / "pre-commit").symlink_to("../tools/hook.sh")
    found = survey(workspace)
    assert paths(found) == [".husky", ".vscode", "settings/vscode", "tools/hook.sh"]
    assert [one.path for one in found.protected if one.is_mounted] == [
        ".husky",
        "settings/vscode",
        "tools/hook.sh",
    ]
    assert pins(found) == ["settings", "tools"]


def test_a_link_out_of_the_workspace_is_recorded_only(workspace: Path) -> None:
    (workspace / ".envrc").symlink_to("/etc/hostname")
    (found,) = survey(workspace).protected
    assert (found.path, found.kind, found.link) == (".envrc", Kind.LINK, "/etc/hostname")
    assert not found.is_mounted


@pytest.mark.parametrize(
    ("setting", "file"),
    [
        ("[core]\nhooksPath = my/hooks", "my/hooks"),
        ("[core]\nfsmonitor = ./watch.sh", "watch.sh"),
        ('[filter "f"]\nclean = python tools/clean.py %f', "tools/clean.py"),
        ("[diff \"d\"]\ntextconv = sh -c 'tools/conv $1'", "tools/conv"),
        ("[include]\npath = ../shared.conf", "shared.conf"),
        ("[alias]\ngo = !tools/go", "tools/go"),
    ],
)
def test_what_git_settings_run_or_include_is_protected(
    workspace: Path, git: Git, setting: str, file: str
) -> None:
    git("init", cwd=workspace)
    make(workspace, f"{file}/pre-commit" if "hooks" in file else file)
    assert file not in paths(survey(workspace))
    with (workspace / ".git" / "config").open("a") as config:
        config.write(setting)
    assert file in paths(survey(workspace))


def test_included_settings_are_read_for_what_they_run(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    make(workspace, "hooks/x")
    (workspace / "shared.conf").write_text("[core]\nhooksPath = hooks\n[include]\npath=more.conf")
    (workspace / "more.conf").write_text("[core]\nfsmonitor = ./watch\n[include]\npath=shared.conf")
    make(workspace, "watch")
    git("config", "include.path", "../shared.conf", cwd=workspace)
    assert {"shared.conf", "more.conf", "hooks", "watch"} <= set(paths(survey(workspace)))


def test_a_writable_folder_in_a_protected_one_is_pinned_and_looked_into(workspace: Path) -> None:
    make(workspace, ".claude/settings.json", ".claude/worktrees/one/.envrc")
    found = survey(workspace)
    assert paths(found) == [".claude", ".claude/worktrees/one/.envrc"]
    assert pins(found) == [".claude/worktrees", ".claude/worktrees/one"]


@pytest.mark.parametrize("path", [".envrc", ".vscode/tasks.json", ".husky/_/deep.sh"])
def test_a_second_name_of_a_protected_file_is_exposed(workspace: Path, path: str) -> None:
    make(workspace, path)
    assert survey(workspace).exposed == ()
    os.link(workspace / path, workspace / "second")
    (workspace / "second").write_text("attack")
    assert (workspace / path).read_text() == "attack", "the attack works"
    assert survey(workspace).exposed == (path,)


def test_an_unchanged_workspace_gives_back_the_same_survey(workspace: Path, git: Git) -> None:
    git("init", cwd=workspace)
    make(workspace, "a/b/.envrc", "c/d")
    first = settled(workspace)
    assert survey(workspace, first) is first


@pytest.mark.parametrize("settle", [True, False], ids=["settled", "racy"])
def test_every_later_change_is_seen(workspace: Path, git: Git, settle: bool) -> None:
    git("init", cwd=workspace)
    make(workspace, "a/b/c/x", ".envrc")
    (workspace / "dangling").mkdir()
    (workspace / ".husky").symlink_to("dangling/husky")
    first = settled(workspace) if settle else survey(workspace)
    make(workspace, "a/b/c/.envrc")
    second = survey(workspace, first)
    assert "a/b/c/.envrc" in paths(second)
    (workspace / ".envrc").write_text("longer")
    third = survey(workspace, second)
    assert third.protected != second.protected
    make(workspace, "dangling/husky/x")
    assert "dangling/husky" in paths(survey(workspace, third))
    git("config", "core.fsmonitor", "./a/b/c/x", cwd=workspace)
    assert "a/b/c/x" in paths(survey(workspace, third))


def test_changes_within_one_tick_of_the_clock_are_seen(workspace: Path) -> None:
    found = survey(workspace)
    for number in range(200):
        make(workspace, f".yarnrc{number}")
        found = survey(workspace, found)
        assert len(found.protected) == number + 1


def test_the_key_says_whether_a_cell_can_be_used_again(workspace: Path) -> None:
    make(workspace, ".envrc", "a/.npmrc", "a/x")
    first = survey(workspace)
    (workspace / ".envrc").write_text("other content, same file")
    make(workspace, "a/y", "b/z")
    assert survey(workspace, first).key == first.key
    (workspace / "a" / ".npmrc").rename(workspace / "old")
    make(workspace, "a/.npmrc")
    assert survey(workspace, first).key != first.key
    assert hash(first.key) is not None


@pytest.mark.parametrize("name", [b"\xff", b"a\nb", b"\xe2\x80\xae", b"-rf", b"\\", b"'\""])
def test_strange_folder_names_are_looked_into(workspace: Path, name: bytes) -> None:
    make(workspace, f"{os.fsdecode(name)}/.envrc")
    assert paths(survey(workspace)) == [f"{os.fsdecode(name)}/.envrc"]


def test_a_tree_deeper_than_any_path_can_say_is_told_and_not_fallen_over(workspace: Path) -> None:
    make(workspace, ".envrc")
    here = os.open(workspace, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("n" * 100, dir_fd=here)
        below = os.open("n" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = survey(workspace)
    assert "deep" in found.unseen
    assert paths(found) == [".envrc"]


def test_more_folders_than_the_limit_are_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (workspace / str(number)).mkdir()
    assert survey(workspace).unseen == ""
    monkeypatch.setattr(look, "MOST_FOLDERS", 4)
    assert "more than 4 folders" in survey(workspace).unseen


def test_special_files_do_not_make_us_wait(workspace: Path) -> None:
    os.mkfifo(workspace / ".envrc")
    (workspace / ".git").mkdir()
    os.mkfifo(workspace / ".git" / "config")
    os.mkfifo(workspace / ".git" / "commondir")
    assert {one.kind for one in survey(workspace).protected} == {Kind.OTHER}


def test_a_workspace_that_is_gone_or_became_a_link_is_refused(workspace: Path) -> None:
    first = survey(workspace)
    workspace.rename(workspace.parent / "moved")
    with pytest.raises(WorkspaceRefused):
        survey(workspace, first)
    workspace.symlink_to(workspace.parent / "moved")
    with pytest.raises(WorkspaceRefused):
        survey(workspace)


def test_no_file_descriptor_left_does_not_pass_for_an_empty_workspace(workspace: Path) -> None:
    make(workspace, "a/b/.envrc")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as held:
        lowest = held.enter_context((workspace / "a" / "b" / ".envrc").open()).fileno()
        for limit in range(lowest + 1, lowest + 4):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            try:
                unseen = survey(workspace).unseen
            except WorkspaceRefused as refused:
                unseen = str(refused)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            assert "too many open files" in unseen.lower()
    assert paths(survey(workspace)) == ["a/b/.envrc"]
