"""A session's folder is private, its lifeline holds, and a dead controller's is found again."""

import os
import stat
from pathlib import Path

import pytest

from runner.sandbox.owner import label_of, labels
from runner.sandbox.session_folder import leftover_folders, making

LIVING = label_of(labels("1a2b"))
DEAD = "00000000-0000-0000-0000-000000000000:1:1:1"


def modes(folder: Path) -> dict[str, str]:
    found = {"": folder, **{str(path.relative_to(folder)): path for path in folder.rglob("*")}}
    return {name: stat.filemode(path.lstat().st_mode) for name, path in found.items()}


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_the_folder_is_private_and_what_a_cell_needs_can_be_read(runtime: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with making("1a2b", LIVING, {"XDG_RUNTIME_DIR": str(runtime)}) as folder:
            found = modes(folder)
    finally:
        os.umask(before)

    controller = found.pop("controller")
    assert controller.startswith("-rw")
    assert found == {
        "": "drwx------",
        "cell": "drwxr-xr-x",
        "cell/alive": "pr--r--r--",
        "egress": "drwx------",
        "hosts": "-rw-r--r--",
    }


def test_the_folder_is_named_after_its_session_and_cannot_be_guessed(runtime: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(runtime)}

    with making("1a2b", LIVING, environment) as one, making("1a2b", LIVING, environment) as other:
        assert one != other
        assert [len(folder.name) for folder in (one, other)] == [len("sandbox-1a2b-") + 16] * 2
        assert one.name.startswith("sandbox-1a2b-")


def test_the_folder_is_gone_afterwards_also_after_a_failure(runtime: Path) -> None:
    def fail() -> None:
        with making("1a2b", LIVING, {"XDG_RUNTIME_DIR": str(runtime)}) as folder:
            (folder / "egress" / "more").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert list(runtime.iterdir()) == []


def test_the_lifeline_ends_when_the_session_does(runtime: Path) -> None:
    with making("1a2b", LIVING, {"XDG_RUNTIME_DIR": str(runtime)}) as folder:
        reader = os.open(folder / "cell" / "alive", os.O_RDONLY | os.O_NONBLOCK)
        try:
            with pytest.raises(BlockingIOError):  # somebody still holds the other end
                os.read(reader, 1)
        finally:
            os.close(reader)
        reader = os.open(folder / "cell" / "alive", os.O_RDONLY | os.O_NONBLOCK)

    try:
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("", id="none"),
        pytest.param("relative", id="relative"),
        pytest.param("/nonexistent", id="missing"),
        pytest.param("/tmp/" + "x" * 60, id="too-long-for-a-socket"),
    ],
)
def test_a_runtime_folder_that_will_not_do_is_passed_over(place: str) -> None:
    with making("1a2b", LIVING, {"XDG_RUNTIME_DIR": place}) as folder:
        assert folder.parent == Path("/tmp")


def make_leftover(runtime: Path, name: str, controller: str | bytes) -> Path:
    folder = runtime / name
    folder.mkdir()
    text = controller.encode() if isinstance(controller, str) else controller
    (folder / "controller").write_bytes(text)
    return folder


def found_in(runtime: Path) -> list[Path]:
    found = leftover_folders({"XDG_RUNTIME_DIR": str(runtime)})
    return [folder for folder in found if folder.is_relative_to(runtime)]


def test_the_folder_of_a_dead_controller_is_found(runtime: Path) -> None:
    dead = make_leftover(runtime, "sandbox-1-x", DEAD)
    make_leftover(runtime, "sandbox-2-x", LIVING)

    assert found_in(runtime) == [dead]


@pytest.mark.parametrize(
    "controller",
    [
        pytest.param("", id="empty"),
        pytest.param("no label", id="text"),
        pytest.param(b"\xff\xfe\x00", id="not-text"),
    ],
)
def test_what_is_not_such_a_folder_is_left_alone(runtime: Path, controller: str | bytes) -> None:
    make_leftover(runtime, "sandbox-1-x", controller)
    make_leftover(runtime, "other-1-x", DEAD)
    (runtime / "sandbox-file").write_text(DEAD)
    (runtime / "sandbox-empty").mkdir()

    assert found_in(runtime) == []


def test_a_link_to_such_a_folder_is_left_alone(runtime: Path, tmp_path: Path) -> None:
    make_leftover(tmp_path, "sandbox-1-x", DEAD)
    (runtime / "sandbox-1-x").symlink_to(tmp_path / "sandbox-1-x")

    assert found_in(runtime) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file somebody else's")
@pytest.mark.timeout(20)
def test_the_folder_of_somebody_else_is_not_even_read(runtime: Path) -> None:
    folder = runtime / "sandbox-1-x"
    folder.mkdir()
    os.mkfifo(folder / "controller")  # reading it would wait for ever
    os.chown(folder, 65534, 65534)

    assert found_in(runtime) == []
