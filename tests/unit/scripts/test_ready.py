"""The look that `scripts/sandbox` takes before each command: in place, or is setup needed?"""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[3] / "scripts/lib/ready.sh"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[str]:
    """The address of something that accepts connections."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "engine.sock"))
        listener.listen()
        yield f"unix://{tmp_path}/engine.sock"


@pytest.fixture
def project(tmp_path: Path, engine: str) -> Path:
    """A project that was set up for `engine`, with all it is made from older than that."""
    root = tmp_path / "project"
    for name in ("requirements.lock", "pyproject.toml", "images/pod/Dockerfile", "scripts/setup"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for path in [root, *root.rglob("*")]:
        os.utime(path, (1, 1))
    (root / ".venv").mkdir()
    set_up_for(engine, root)
    return root


def set_up_for(engine: str, root: Path) -> None:
    assert bash('note_ready "$1/.venv/ready" "$1"', root, engine)
    os.utime(root / ".venv/ready", (2, 2))


def bash(script: str, root: Path, engine: str) -> bool:
    command = ["bash", "-c", f'. "$0"; {script}', str(LIBRARY), str(root)]
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": engine}
    return subprocess.run(command, env=environment, check=False).returncode == 0


def is_ready(root: Path, engine: str) -> bool:
    return bash('is_ready "$1"', root, engine)


def test_what_was_set_up_is_ready(project: Path, engine: str) -> None:
    assert is_ready(project, engine)


@pytest.mark.parametrize(
    "changed", ["requirements.lock", "pyproject.toml", "images/pod/Dockerfile", "scripts/setup"]
)
def test_a_change_of_what_it_is_made_from_asks_for_setup(
    project: Path, engine: str, changed: str
) -> None:
    os.utime(project / changed, (3, 3))
    assert not is_ready(project, engine)


def test_a_new_file_of_an_image_asks_for_setup(project: Path, engine: str) -> None:
    (project / "images/pod/new").touch()
    assert not is_ready(project, engine)


def test_a_project_never_set_up_or_moved_asks_for_setup(project: Path, engine: str) -> None:
    moved = project.rename(project.with_name("moved"))
    assert not is_ready(moved, engine)
    assert not is_ready(project, engine)


def test_another_engine_asks_for_setup(project: Path) -> None:
    assert not is_ready(project, "tcp://192.0.2.1:2375")


def test_a_socket_that_nobody_listens_at_asks_for_setup(project: Path, tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/left-behind.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/left-behind.sock")
    set_up_for(address, project)
    assert not is_ready(project, address)


def test_part_of_a_name_is_not_the_socket(project: Path, engine: str) -> None:
    address = engine.removesuffix("k")
    set_up_for(address, project)
    assert not is_ready(project, address)
