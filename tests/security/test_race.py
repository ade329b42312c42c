"""A folder that is swapped for a link while a cell is made brings no file of the host into it.

The engine resolves the source of a mount as root on the host, some time after the workspace was
looked through; a command of a call beside it can swap a folder in between.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from runner import Sandbox
from runner.engines.docker import DockerEngine
from runner.engines.docker_channel import DockerChannel
from runner.errors import CellFailed
from runner.interfaces import ContainerSpec, Limits, Mount, OwnNetwork
from tests.security.lab import REFUSED, Attempt, in_cell, shell

pytestmark = pytest.mark.engine

READ = shell("cat a/.vscode/secret a/.vscode/settings.json 2>/dev/null | grep private")


class Racing(DockerEngine):
    """An engine in whose way something happens, just before a cell starts."""

    act: Callable[[], object]
    undo: Callable[[], object]
    _pods: tuple[str, ...] = ()

    def create(self, spec: ContainerSpec) -> str:
        """Remember which ones are pods."""
        container_id = super().create(spec)
        if spec.labels.get("sandbox.role") == "pod":
            self._pods += (container_id,)
        return container_id

    def start(self, container_id: str, *, terminal: bool = False) -> DockerChannel:
        """Act, start, undo; a pod is left alone, the workspace is looked through after it."""
        if container_id in self._pods:
            return super().start(container_id, terminal=terminal)
        self.act()
        try:
            return super().start(container_id, terminal=terminal)
        finally:
            self.undo()


def racing(act: Callable[[], object], undo: Callable[[], object]) -> Racing:
    """An engine of this machine."""
    engine = Racing.from_environment(os.environ, Path.home())
    engine.act, engine.undo = act, undo
    return engine


def laid_out(folder: Path) -> tuple[Path, Path]:
    """A workspace with a protected folder in another, and a folder of the host's that is alike."""
    workspace, host = folder / "workspace", folder / "host"
    for where, text in ((workspace / "a", "open"), (host, "private")):
        (where / ".vscode").mkdir(parents=True)
        (where / ".vscode/settings.json").write_text(f"{text}\n")
    return workspace, host


def swap(workspace: Path, host: Path) -> None:
    """What a command of another call can do at any moment."""
    (workspace / "a").rename(workspace / "b")
    (workspace / "a").symlink_to(host)


def swap_back(workspace: Path) -> None:
    """So that the next look finds everything as it was."""
    (workspace / "a").unlink()
    (workspace / "b").rename(workspace / "a")


def test_a_swapped_folder_brings_nothing_in(tmp_path: Path) -> None:
    workspace, host = laid_out(tmp_path)
    spec = ContainerSpec(
        name=f"sandbox-race-{os.urandom(4).hex()}",
        image="sandbox-devcontainer:latest",
        command=("/bin/sh", "-c", "cat /workspace/.vscode/settings.json"),
        uid=os.geteuid(),
        gid=os.getegid(),
        network=OwnNetwork(),
        limits=Limits(memory_mib=64),
        mounts=(Mount(workspace / "a/.vscode", "/workspace/.vscode"),),
    )
    act, undo = partial(swap, workspace, host), partial(swap_back, workspace)
    with racing(act, undo) as engine:
        # The live control: the same mount in a container that nobody asks for its mounts.
        channel = engine.start(engine.create(spec))
        piece = channel.receive(60)
        channel.close()
    assert piece is not None
    assert piece[1] == b"private\n"

    with (
        racing(act, undo) as engine,
        Sandbox(workspace, engine=engine, pool_size=0) as box,
        pytest.raises(CellFailed, match="mounts"),
    ):
        box.run(READ)


def test_without_a_race_the_same_workspace_can_be_used(tmp_path: Path) -> None:
    workspace, _ = laid_out(tmp_path)
    with (
        racing(lambda: None, lambda: None) as engine,
        Sandbox(workspace, engine=engine, pool_size=0) as box,
    ):
        assert in_cell(box, READ) == REFUSED
        assert in_cell(box, ["cat", "a/.vscode/settings.json"]) == Attempt(
            succeeded=True, said="open\n"
        )
