"""Files that would run code on the host later stay as they are, whatever a command tries."""

import shutil
import subprocess
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import Attempt, in_cell, python, shell
from tests.security.repository import lay_out, protected

pytestmark = pytest.mark.engine

EXCHANGE = """
import ctypes, os
os.mkdir("other")
if ctypes.CDLL(None).renameat2(-100, b"other", -100, b".git", 2):
    raise SystemExit(1)
"""
NAMELESS = """
import os
made = os.open(".", os.O_TMPFILE | os.O_WRONLY)
os.write(made, b"evil")
hooks = os.open(".git/hooks", os.O_RDONLY)
os.link(f"/proc/self/fd/{made}", "pre-commit", dst_dir_fd=hooks, follow_symlinks=True)
"""
TRICKS = {
    "writing": shell("echo evil >>.git/config"),
    "truncating": shell(": >.vscode/settings.json"),
    "a new file in a protected folder": shell("echo evil >.git/hooks/pre-commit"),
    "a new folder in a protected folder": shell("mkdir .vscode/x; echo evil >.vscode/x/y"),
    "permissions": shell("chmod 777 .git/hooks/pre-commit.sample"),
    "removing": shell("rm .envrc"),
    "removing the folder": shell("rm -rf .vscode"),
    "renaming": shell("mv .envrc other"),
    "renaming something over it": shell("echo evil >other; mv -f other .envrc"),
    "a link in its place": shell("ln -sf /etc/passwd .envrc"),
    "a link in the folder's place": shell("rm -rf .vscode; ln -s /tmp .vscode"),
    "writing by a hard link": shell("ln .envrc other; echo evil >other"),
    "a hard link over it": shell("echo evil >other; ln -f other .envrc"),
    "renaming the folder": shell("mv .vscode x; mkdir .vscode; echo evil >.vscode/settings.json"),
    "renaming the repository": shell("mv .git x; mkdir -p .git/hooks; echo evil >.git/hooks/new"),
    "exchanging the repository": python(EXCHANGE),
    "renaming a parent": shell(
        "mv a x; mkdir -p a/b/.vscode; echo evil >a/b/.vscode/settings.json"
    ),
    "renaming a nearer parent": shell("mv a/b x; mkdir -p a/b/.vscode; echo evil >a/b/.vscode/new"),
    "removing a parent": shell("rm -rf a"),
    "a file without a name": python(NAMELESS),
    "by way of proc": shell("echo evil >/proc/self/cwd/.git/config"),
    "by way of a link": shell("ln -s .git g; echo evil >g/config"),
    "what core.hooksPath names": shell("echo evil >tools/hooks/pre-commit"),
    "a parent of what core.hooksPath names": shell("mv tools t; mkdir -p tools/hooks"),
    "what an included file names": shell("echo evil >git.settings"),
    "what a protected link leads to": shell("echo evil >husky/pre-push"),
    "a submodule's hooks": shell("echo evil >.git/modules/lib/hooks/pre-commit"),
    "a worktree's settings": shell("echo evil >.git/worktrees/w/config.worktree"),
    "git's info": shell("echo '* filter=evil' >.git/info/attributes"),
    "a nested repository's settings": shell("echo evil >a/repo/.git/config"),
    "a bare repository's hooks": shell("echo evil >a/bare.git/hooks/post-receive"),
    "another spelling": shell("echo evil >a/.VSCode/settings.json"),
    "instructions of agents": shell("echo evil >CLAUDE.md"),
    "our own settings": shell("echo evil >.sandbox/settings.json"),
}


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same files in a plain folder."""
    return tmp_path_factory.mktemp("plain")


def emptied(folder: Path) -> Path:
    """The folder without its content."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return folder


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_no_trick_changes_a_protected_file(
    box: Sandbox, workspace: Path, unguarded: Path, trick: list[str]
) -> None:
    lay_out(emptied(unguarded))
    lay_out(emptied(workspace))
    before = protected(workspace)
    assert protected(unguarded) == before

    assert subprocess.run(trick, cwd=unguarded, capture_output=True, check=True).stdout == b""
    assert protected(unguarded) != before

    tried = in_cell(box, trick)

    assert (tried, protected(workspace)) == (Attempt(succeeded=False, said=""), before)


ME = "-c user.name=x -c user.email=x@y"
WORK = {
    "committing": f"git add -A && git {ME} commit -qm one",
    "branching": "git checkout -qb branch",
    "stashing": f"echo more >>readme && git add readme && git {ME} stash",
    "writing beside a protected file": "echo x >a/b/file && mv a/b/file a/file && rm a/file",
    "reading protected files": "cat .git/config .envrc .vscode/settings.json >/dev/null",
    "a new folder": "mkdir -p c/d && echo x >c/d/e && rm -r c",
    "an ordinary file of a similar name": "echo x >envrc && echo x >.gitkeep",
}


@pytest.mark.parametrize("script", WORK.values(), ids=WORK.keys())
def test_ordinary_work_beside_protected_files_goes_through(tmp_path: Path, script: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    lay_out(tmp_path, repository=False)
    subprocess.run(["git", *ME.split(), "-C", str(tmp_path), "add", "readme"], check=True)
    subprocess.run(["git", *ME.split(), "-C", str(tmp_path), "commit", "-qm", "first"], check=True)
    before = protected(tmp_path)

    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(shell(script))

    assert (result.exit_code, result.stderr.text()) == (0, "")
    assert (result.summary.set_aside, result.summary.altered) == ((), ())
    assert protected(tmp_path) == before
