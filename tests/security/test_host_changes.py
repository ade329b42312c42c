"""The user's own tools replace protected files: no command runs that lost a mount by that.

When a file that is mounted over in a container is renamed over or removed on the host, the kernel
takes the mount away (`detach_mounts` in fs/namei.c), and the new file may get the old one's inode.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest

from runner import Sandbox
from runner.errors import CellFailed
from tests.security.lab import DONE, REFUSED, eventually, in_cell, running_unhardened, shell

pytestmark = pytest.mark.engine

SETTING_TWICE = "git config a.b one; git config a.b two"
REPLACEMENTS = {
    "git config, twice": (".git/config", SETTING_TWICE),
    "saving twice": (".envrc", "for i in 1 2; do cp .envrc new; mv new .envrc; done"),
    "removing and making again": (".envrc", "rm .envrc; echo export A=2 >.envrc"),
    "a repository made anew": (".git/config", "rm -rf .git; git init -q .; git config a.b three"),
    "a folder made anew": (".vscode/a", "rm -r .vscode; mkdir .vscode; echo 1 >.vscode/a"),
}  # fmt: skip


def laid_out(folder: Path) -> Path:
    """A repository with some protected files."""
    folder.mkdir()
    script = "git init -q .; git config a.b zero; echo export A=1 >.envrc; mkdir .vscode"
    subprocess.run(shell(f"{script}; echo 0 >.vscode/a"), cwd=folder, check=True)
    return folder


def cells(session: str) -> list[str]:
    """The ids of a session's cells that run."""
    command = ["docker", "ps", "-q", "--filter", f"name=^/sandbox-{session}-cell-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def await_parked(session: str) -> None:
    """Return when one cell waits for its call, and the one before is gone."""

    def is_parked() -> bool:
        before = cells(session)
        sleep(1)  # what runs may still have to be proved, or be ending
        return len(before) == 1 and cells(session) == before

    assert eventually(is_parked)


def replaced(folder: Path, path: str, script: str) -> None:
    """Run the script, a few times more if that gives the file the inode it had: the worst case."""
    inode = (folder / path).stat().st_ino
    for _ in range(20):
        subprocess.run(shell(script), cwd=folder, check=True)
        if (folder / path).stat().st_ino == inode:
            return


@pytest.mark.parametrize(("path", "script"), REPLACEMENTS.values(), ids=REPLACEMENTS.keys())
def test_a_cell_that_waited_meanwhile_still_protects(
    tmp_path: Path, path: str, script: str
) -> None:
    guarded, plain = laid_out(tmp_path / "guarded"), laid_out(tmp_path / "plain")
    attack = shell(f"echo evil >>{path}; echo done")

    mounts = [f"--volume={plain}:/w", f"--volume={plain}/{path}:/w/{path}:ro"]
    with running_unhardened("--network=none", "--workdir=/w", *mounts) as container:
        assert container.attempt(attack) == REFUSED
        subprocess.run(shell(script), cwd=plain, check=True)
        assert container.attempt(attack) == DONE  # the mount is gone

    with Sandbox(guarded, pool_size=1) as box:
        await_parked(box.run(["true"]).summary.call_id.partition("-")[0])
        replaced(guarded, path, script)
        before = (guarded / path).read_text()
        assert in_cell(box, attack) == REFUSED
    assert (guarded / path).read_text() == before


WAITING = (
    "touch waiting; while [ ! -e go ]; do sleep 0.01; done; echo evil >>.git/config; touch wrote"
)


def test_a_command_that_loses_a_mount_while_it_runs_is_ended(tmp_path: Path) -> None:
    guarded, plain = laid_out(tmp_path / "guarded"), laid_out(tmp_path / "plain")
    subprocess.run(shell(f"touch go; {WAITING}"), cwd=plain, check=True)
    assert (plain / ".git/config").read_text().endswith("evil\n")

    with Sandbox(guarded, pool_size=0) as box, ThreadPoolExecutor(1) as pool:
        running = pool.submit(box.run, shell(WAITING), timeout_seconds=60)
        assert eventually((guarded / "waiting").exists)
        subprocess.run(["git", "config", "a.b", "one"], cwd=guarded, check=True)
        with pytest.raises(CellFailed, match="replaced on this machine"):
            running.result()
        (guarded / "go").touch()

    assert not (guarded / "wrote").exists()
    assert "evil" not in "".join(p.read_text() for p in (guarded / ".git").glob("config*"))


def test_a_command_goes_on_while_other_files_are_replaced(tmp_path: Path) -> None:
    guarded = laid_out(tmp_path / "guarded")
    waiting = WAITING.replace("echo evil >>.git/config; ", "")

    with Sandbox(guarded, pool_size=0) as box, ThreadPoolExecutor(1) as pool:
        running = pool.submit(box.run, shell(waiting), timeout_seconds=60)
        assert eventually((guarded / "waiting").exists)
        subprocess.run(
            shell("for i in 1 2; do echo x >new; mv new readme; done"), cwd=guarded, check=True
        )
        (guarded / "go").touch()
        assert running.result().exit_code == 0

    assert (guarded / "wrote").exists()
