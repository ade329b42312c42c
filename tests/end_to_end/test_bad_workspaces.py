"""Folders that cannot be a workspace: refused, with what to do instead."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.engines.endpoint import socket_path
from runner.errors import WorkspaceRefused
from runner.session import Sandbox
from tests.availability import require_root
from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.refusals import TOUCH, assert_refused

pytestmark = pytest.mark.engine

OTHER_UID, OTHER_GID = 23456, 34567


def filled(folder: Path) -> Path:
    """A folder that can be a workspace."""
    folder.mkdir()
    return folder


PLACES: dict[str, Callable[[Path, Path], Path]] = {
    "the root": lambda _, __: Path("/"),
    "the home": lambda _, home: home,
    "above the home": lambda _, home: home.parent,
    "a folder of the system": lambda _, __: Path("/usr"),
    "inside /etc": lambda _, __: Path("/etc/ssl"),
    "shared temporary folder": lambda _, __: Path("/tmp"),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_folder_that_is_not_a_project_is_refused(
    sandbox: SandboxCommand, workspace: Path, home: Path, place: Callable[[Path, Path], Path]
) -> None:
    ran = sandbox("run", *TOUCH, cwd=place(workspace, home))

    assert_refused(ran, workspace, "workspace", "run sandbox in a project folder")


@pytest.mark.parametrize("kind", ["file", "link", "missing"])
def test_a_workspace_that_is_no_folder_is_refused(workspace: Path, kind: str) -> None:
    """The command line has no option for it; the Python API has."""
    wrong = workspace / kind
    if kind == "file":
        wrong.touch()
    elif kind == "link":
        wrong.symlink_to(filled(workspace / "real"))

    with pytest.raises(WorkspaceRefused) as caught, Sandbox(wrong):
        pass

    assert caught.value.fix
    with Sandbox(filled(workspace / "folder"), pool_size=0) as box:
        assert box.run(["true"]).exit_code == 0


@pytest.mark.parametrize("own", [True, False], ids=["own", "of another user"])
def test_only_the_owner_may_use_a_folder(
    sandbox: SandboxCommand, workspace: Path, home: Path, tmp_path: Path, own: bool
) -> None:
    require_root()
    for folder in (*tmp_path.parents, tmp_path, workspace):
        if folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(0o755)
    os.chown(home, OTHER_UID, OTHER_GID)
    if own:
        os.chown(workspace, OTHER_UID, OTHER_GID)
    socket_group = str(Path(socket_path(os.environ, Path.home())).stat().st_gid)
    become = ["setpriv", f"--reuid={OTHER_UID}", f"--regid={OTHER_GID}", f"--groups={socket_group}"]
    # It has to read this checkout, which may lie in a folder of root's alone.
    become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]

    ran = sandbox("run", *TOUCH, wrapper=become, environment={"XDG_RUNTIME_DIR": ""})

    if own:
        assert ran.outcome == (0, b"", b"")
        assert (workspace / "ran").stat().st_uid == OTHER_UID
    else:
        assert_refused(ran, workspace, "belongs to user 0", "chown")
