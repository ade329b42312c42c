"""A protected file that can be written by a second name (hard link) stops the session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner import Sandbox
from runner.errors import WorkspaceRefused
from tests.security.lab import DONE, in_cell, running_unhardened, shell

pytestmark = pytest.mark.engine


def _hook(folder: Path) -> str:
    for path in ("objects", "refs", "hooks"):
        (folder / ".git" / path).mkdir(parents=True)
    (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (folder / ".git/hooks/pre-commit").write_text("before")
    return ".git/hooks/pre-commit"


def _settings(folder: Path) -> str:
    (folder / ".vscode").mkdir()
    (folder / ".vscode/settings.json").write_text("before")
    return ".vscode/settings.json"


def _file(folder: Path) -> str:
    (folder / ".envrc").write_text("before")
    return ".envrc"


MAKERS = {"a hook": _hook, "a file in a folder": _settings, "a file": _file}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_a_hard_link_made_before_is_found(tmp_path: Path, make: Callable[[Path], str]) -> None:
    protected = make(tmp_path)
    (tmp_path / "innocent").hardlink_to(tmp_path / protected)
    attack = shell("echo evil >innocent; echo done")

    # A mount over the protected name alone does not help: this is why it is refused.
    mounts = [f"--volume={tmp_path}:/w", f"--volume={tmp_path}/{protected}:/w/{protected}:ro"]
    with running_unhardened("--network=none", "--workdir=/w", *mounts) as container:
        assert container.attempt(attack) == DONE
    assert (tmp_path / protected).read_text() == "evil\n"

    (tmp_path / protected).write_text("before")
    with (
        Sandbox(tmp_path, pool_size=0) as box,
        pytest.raises(WorkspaceRefused, match="second name"),
    ):
        box.run(attack)
    assert (tmp_path / protected).read_text() == "before"


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_a_copy_is_no_second_name(tmp_path: Path, make: Callable[[Path], str]) -> None:
    protected = make(tmp_path)
    (tmp_path / "innocent").write_text("before")

    with Sandbox(tmp_path, pool_size=0) as box:
        assert in_cell(box, shell("echo evil >innocent; echo done")) == DONE
    assert (tmp_path / protected).read_text() == "before"
