"""The tricks of hardening.md's "Protected files", each played on a real workspace."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.workspace.intrusions import Appeared, Changed, Intrusion, Replaced, Vanished, compare
from runner.workspace.survey import survey
from runner.workspace.walk import Kind

Git = Callable[..., str]


def happened(root: Path, trick: Callable[[], object]) -> tuple[Intrusion, ...]:
    before = survey(root)
    trick()
    return compare(before, survey(root, before))


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def listen(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("name", "plant", "kind"),
    [
        (".envrc", write, Kind.FILE),
        (".vscode", lambda path: write(path / "tasks.json"), Kind.FOLDER),
        (".vscode", lambda path: path.symlink_to("src"), Kind.LINK),
        (".envrc", lambda path: path.symlink_to("nowhere"), Kind.LINK),
        (".envrc", lambda path: path.symlink_to("/etc/hostname"), Kind.LINK),
        (".envrc", os.mkfifo, Kind.OTHER),
        (".envrc", listen, Kind.OTHER),
        (".git", lambda path: write(path, "gitdir: /somewhere/else"), Kind.FILE),
        (".git", lambda path: path.symlink_to("src"), Kind.LINK),
        (".ENVRC", write, Kind.FILE),
        (".vs\u200ccode", lambda path: write(path / "x"), Kind.FOLDER),
        ("Claude.md", write, Kind.FILE),
        ("lefthook.toml", write, Kind.FILE),
    ],
    ids=str,
)
@pytest.mark.parametrize("folder", ["", "src", "new/deep"])
def test_a_protected_name_that_appears_as_anything_is_noticed(
    workspace: Path, folder: str, name: str, plant: Callable[[Path], object], kind: Kind
) -> None:
    (workspace / "src").mkdir()
    path = workspace / folder / name

    def trick() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        plant(path)

    relative = str(path.relative_to(workspace))
    assert happened(workspace, trick) == (Appeared(relative, kind),)


def test_ordinary_work_is_no_intrusion(workspace: Path, git: Git) -> None:
    write(workspace / ".vscode" / "settings.json")
    git("init", cwd=workspace)

    def work() -> None:
        write(workspace / "src" / "main.py")
        write(workspace / "node_modules" / "x" / ".npmrc")
        (workspace / "link").symlink_to("src")
        git("add", "src", cwd=workspace)
        git("commit", "-m", "x", cwd=workspace)
        git("checkout", "-b", "other", cwd=workspace)
        git("gc", cwd=workspace)

    assert happened(workspace, work) == ()


def test_a_parent_that_is_renamed_away_and_made_anew_is_noticed(workspace: Path) -> None:
    write(workspace / "a" / ".vscode" / "tasks.json", "mine")

    def trick() -> None:
        (workspace / "a").rename(workspace / "b")
        write(workspace / "a" / ".vscode" / "tasks.json", "attack")

    assert happened(workspace, trick) == (
        Replaced("a/.vscode", Kind.FOLDER),
        Appeared("b/.vscode", Kind.FOLDER),
    )


def test_a_parent_that_becomes_a_link_is_noticed(workspace: Path) -> None:
    write(workspace / "a" / ".envrc", "mine")

    def trick() -> None:
        (workspace / "a").rename(workspace / "b")
        (workspace / "a").symlink_to("b")

    assert happened(workspace, trick) == (Vanished("a/.envrc"), Appeared("b/.envrc", Kind.FILE))


def test_a_link_that_leads_elsewhere_now_is_noticed_and_the_users_file_is_left(
    workspace: Path,
) -> None:
    write(workspace / "settings" / "tasks.json")
    write(workspace / "src" / "tasks.json")
    (workspace / ".vscode").symlink_to("settings")

    def trick() -> None:
        (workspace / ".vscode").unlink()
        (workspace / ".vscode").symlink_to("src")

    assert happened(workspace, trick) == (Replaced(".vscode", Kind.LINK, "settings"),)


def test_a_new_link_to_the_users_file_does_not_make_that_an_intrusion(workspace: Path) -> None:
    write(workspace / "src" / "main.py")
    write(workspace / "src" / "x" / "deep.py")

    def trick() -> None:
        (workspace / ".envrc").symlink_to("src/main.py")
        (workspace / ".husky").mkdir()
        (workspace / ".husky" / "x").symlink_to("../src/x/deep.py")

    assert happened(workspace, trick) == (
        Appeared(".envrc", Kind.LINK),
        Appeared(".husky", Kind.FOLDER),
    )


@pytest.mark.parametrize("via", ["link", "git setting"])
def test_what_a_protected_path_led_to_in_vain_is_noticed_when_it_appears(
    workspace: Path, git: Git, via: str
) -> None:
    git("init", cwd=workspace)
    (workspace / "tools").mkdir()
    if via == "link":
        (workspace / ".husky").symlink_to("tools/hooks")
    else:
        git("config", "core.hooksPath", "tools/hooks", cwd=workspace)
    found = happened(workspace, lambda: write(workspace / "tools" / "hooks" / "pre-commit"))
    assert found == (Appeared("tools/hooks", Kind.FOLDER),)


def test_a_folder_on_the_way_that_becomes_a_link_is_the_intrusion(workspace: Path) -> None:
    write(workspace / "src" / "hooks" / "mine.py")
    (workspace / "tools").mkdir()
    (workspace / ".husky").symlink_to("tools/hooks")

    def trick() -> None:
        (workspace / "tools").rmdir()
        (workspace / "tools").symlink_to("src")

    assert happened(workspace, trick) == (Appeared("tools", Kind.LINK),)


def test_another_content_and_another_file_are_told_apart(workspace: Path) -> None:
    write(workspace / ".envrc")
    write(workspace / ".npmrc")
    write(workspace / ".profile")

    def trick() -> None:
        write(workspace / ".envrc", "other")
        write(workspace / "new")
        (workspace / "new").rename(workspace / ".npmrc")
        (workspace / ".profile").unlink()

    assert happened(workspace, trick) == (
        Changed(".envrc"),
        Replaced(".npmrc", Kind.FILE),
        Vanished(".profile"),
    )


def test_a_write_through_a_second_name_is_noticed(workspace: Path) -> None:
    write(workspace / ".envrc")
    os.link(workspace / ".envrc", workspace / "second")
    found = happened(workspace, lambda: write(workspace / "second", "attack"))
    assert (workspace / ".envrc").read_text() == "attack", "the attack works"
    assert found == (Changed(".envrc"),)


def test_a_git_directory_that_loses_nothing_but_gains_hooks_is_noticed(
    workspace: Path, git: Git
) -> None:
    git("init", "--template=", cwd=workspace)
    found = happened(workspace, lambda: write(workspace / ".git" / "hooks" / "pre-commit"))
    assert found == (Appeared(".git/hooks", Kind.FOLDER),)


@pytest.mark.parametrize(
    "path", [".git/config.worktree", ".git/commondir", ".git/objects/info/alternates"]
)
def test_git_files_that_lead_elsewhere_are_noticed(workspace: Path, git: Git, path: str) -> None:
    git("init", cwd=workspace)
    found = happened(workspace, lambda: write(workspace / path, "[core]\nfsmonitor=/x\n"))
    assert found == (Appeared(path, Kind.FILE),)


def test_a_repository_that_is_gone_is_one_loss(workspace: Path, git: Git) -> None:
    git("init", "sub", cwd=workspace)
    found = happened(
        workspace, lambda: (workspace / "sub" / ".git").rename(workspace / "sub" / "x")
    )
    assert Vanished("sub/.git") in found


def test_deep_and_strange_names_are_noticed(workspace: Path) -> None:
    strange = os.fsdecode(b"\xff\n\x1b[31m")
    found = happened(workspace, lambda: write(workspace / strange / ".envrc"))
    assert found == (Appeared(f"{strange}/.envrc", Kind.FILE),)
