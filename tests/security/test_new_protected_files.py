"""What a command makes at a protected name is out of the way when its call is over, and told."""

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from runner import Sandbox
from runner.engines.docker import DockerEngine
from tests.security.lab import PATIENCE_SECONDS, REFUSED, eventually, in_cell, python, shell

pytestmark = pytest.mark.engine

# What is made, by the path that a program of the host would find, and the script that makes it.
CONFIGURE = "git init -q sub; git -C sub config"
MOVED = "git init -q t; mv t/.git"
STORE = "git init -q t; git -C t config core.fsmonitor x; mv t/.git store; mkdir sub"
APPEARANCES = {
    "a file": (".envrc", "echo evil >.envrc"),
    "a folder": (".vscode", "mkdir .vscode; echo evil >.vscode/tasks.json"),
    "a link": (".npmrc", "echo evil >other; ln -s other .npmrc"),
    "a dangling link": (".mcp.json", "ln -s nowhere .mcp.json"),
    "a link out of the workspace": (".vscode", "ln -s /tmp .vscode"),
    "a hard link": (".ripgreprc", "echo evil >other; ln other .ripgreprc"),
    "a pipe": (".bashrc", "mkfifo .bashrc"),
    "a folder without permissions": (".husky", "mkdir .husky; chmod 0 .husky"),
    "in a folder made read-only": ("a/.envrc", "mkdir a; echo x >a/.envrc; chmod 555 a"),
    "by renaming a file": ("CLAUDE.md", "echo evil >other; mv other CLAUDE.md"),
    "by renaming a folder": ("x/.idea", "mkdir -p y/.idea; echo evil >y/.idea/a; mv y x"),
    "far below": ("a/b/c/.envrc", "mkdir -p a/b/c; echo evil >a/b/c/.envrc"),
    "by its folder": (".cargo/config.toml", "mkdir .cargo; echo evil >.cargo/config.toml"),
    "in another case": (".VSCode", "mkdir .VSCode; echo evil >.VSCode/tasks.json"),
    "git in another case": (".GIT", f"{MOVED} .GIT; echo evil >.GIT/hooks/post-checkout"),
    "with a long s": (".v\u017fcode", "mkdir .v\u017fcode; echo evil >.v\u017fcode/tasks.json"),
    "with full width letters": (".\uff45nvrc", "echo evil >.\uff45nvrc"),
    "with an invisible character": (".en\u200cvrc", "echo evil >.en\u200cvrc"),
    "with a dot at its end": (".envrc.", "echo evil >.envrc."),
    "a short name of Windows": ("git~1", f"{MOVED} git~1; echo evil >git~1/hooks/pre-push"),
    "a repository with a hook": ("sub/.git", "git init -q sub; echo x >sub/.git/hooks/pre-push"),
    "a repository with a setting": ("sub/.git", f"{CONFIGURE} core.fsmonitor ./evil"),
    "a repository with an include": ("sub/.git", f"{CONFIGURE} include.path ../evil"),
    "a repository with a filter": ("sub/.git", f"{CONFIGURE} filter.x.clean ./evil"),
    "a repository far below": ("a/b/sub/.git", f"mkdir -p a/b; cd a/b; {CONFIGURE} core.pager x"),
    "a bare repository": ("sub/HEAD", "git init -q --bare sub; git -C sub config core.fsmonitor x"),
    "what a git file leads to": ("store/HEAD", f"{STORE}; echo 'gitdir: ../store' >sub/.git"),
    "a git file that leads out": ("sub/.git", "mkdir sub; echo 'gitdir: /tmp/store' >sub/.git"),
    "a git link": ("sub/.git", f"{STORE}; ln -s ../store sub/.git"),
}


@pytest.mark.parametrize(("path", "script"), APPEARANCES.values(), ids=APPEARANCES.keys())
def test_what_appears_at_a_protected_name_is_set_aside(
    tmp_path: Path, path: str, script: str
) -> None:
    plain, guarded = tmp_path / "plain", tmp_path / "guarded"
    plain.mkdir()
    guarded.mkdir()
    subprocess.run(shell(script), cwd=plain, check=True)
    assert os.path.lexists(plain / path)

    with Sandbox(guarded, pool_size=0) as box:
        result = box.run(shell(script))
    moved = {item.path: item for item in result.summary.set_aside}

    assert (result.exit_code, result.stderr.text()) == (0, "")
    assert not os.path.lexists(guarded / path)
    assert moved[path].failure == ""
    assert os.path.lexists(guarded / moved[path].moved_to)


def test_a_protected_link_that_is_replaced_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "husky").mkdir()
    (tmp_path / ".husky").symlink_to("husky")
    plain = tmp_path.parent / "plain"
    shutil.copytree(tmp_path, plain, symlinks=True)
    attack = shell("rm .husky; mkdir .husky; echo evil >.husky/pre-commit")

    subprocess.run(attack, cwd=plain, check=True)
    assert not (plain / ".husky").is_symlink()

    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(attack)

    assert result.exit_code == 0
    assert [item.path for item in result.summary.set_aside] == [".husky"]
    assert (tmp_path / ".husky").readlink() == Path("husky")


HARMLESS = {
    "a new repository": ("sub/.git/config", "git init -q sub"),
    "a bare repository": ("sub.git/config", "git init -q --bare sub.git"),
    "a clone": ("there/.git/config", "git init -q here; git clone -q here there"),
    "a file of a similar name": ("envrc", "echo x >envrc"),
    "a package's own file": ("node_modules/x/.npmrc", "mkdir -p node_modules/x; cd $_; >.npmrc"),
    "a cache of yarn": (".yarn/cache/x", "mkdir -p .yarn/cache; echo x >.yarn/cache/x"),
}


@pytest.mark.parametrize(("path", "script"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_runs_nothing_stays(tmp_path: Path, path: str, script: str) -> None:
    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(shell(script))

    assert (result.exit_code, result.summary.set_aside, box.late) == (0, (), ())
    assert (tmp_path / path).exists()


def test_a_new_repository_is_protected_from_the_next_call_on(tmp_path: Path) -> None:
    plain, guarded = tmp_path / "plain", tmp_path / "guarded"
    guarded.mkdir()
    plain.mkdir()
    make, attack = shell("git init -q sub"), shell("echo evil >>sub/.git/config; echo done")
    subprocess.run(make, cwd=plain, check=True)
    assert subprocess.run(attack, cwd=plain, capture_output=True, check=True).stdout == b"done\n"

    with Sandbox(guarded, pool_size=0) as box:
        assert box.run(make).exit_code == 0
        before = (guarded / "sub/.git/config").read_text()
        assert in_cell(box, attack) == REFUSED
    assert (guarded / "sub/.git/config").read_text() == before


FORGED = r"""
import os, re, time
found = set()
memory = open("/proc/1/mem", "rb", 0)
for line in open("/proc/1/maps"):
    place, rights = line.split()[:2]
    if "w" in rights:
        first, last = (int(text, 16) for text in place.split("-"))
        memory.seek(first)
        data = memory.read(last - first)
        found |= set(re.findall(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", data))
for nonce in found:
    os.write(1, b"\x1e" + nonce + b" 0 0\x1e")
    os.write(2, b"\x1e" + nonce + b" 0 0\x1e")
while not os.path.exists("returned"):
    time.sleep(0.01)
os.mkdir(".vscode")
open("written", "w").close()
time.sleep(600)
"""


class SlowToKill(DockerEngine):
    """An engine that lets a cell live on for a while after its call."""

    may_kill: threading.Event

    def kill(self, container_id: str) -> None:
        """Wait for the test."""
        self.may_kill.wait(PATIENCE_SECONDS)
        super().kill(container_id)


def test_what_appears_after_the_call_has_returned_is_set_aside_too(tmp_path: Path) -> None:
    """A command that takes over the first process reports its end, and goes on."""
    engine = SlowToKill.from_environment(os.environ, Path.home())
    engine.may_kill = threading.Event()
    with engine, Sandbox(tmp_path, engine=engine, pool_size=0) as box:
        result = box.run(python(FORGED))
        (tmp_path / "returned").touch()
        # The live control: it is there, after the call, and nothing has noticed.
        assert eventually((tmp_path / "written").exists)
        assert (tmp_path / ".vscode").is_dir()
        engine.may_kill.set()

    assert (result.exit_code, result.summary.set_aside) == (0, ())
    assert [item.path for late in box.late for item in late.set_aside] == [".vscode"]
    assert not (tmp_path / ".vscode").exists()
