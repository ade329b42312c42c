"""A controller that is killed leaves nothing: what does not end by itself, `sandbox gc` removes."""

import random
import subprocess
from pathlib import Path
from time import sleep

import pytest

from tests.security.controllers import (
    ENTRY,
    collect,
    containers_of,
    folders_of,
    is_gone,
    started,
)
from tests.security.lab import eventually, running_unhardened
from tests.security.locks import HOLD, is_held, is_let_go

pytestmark = pytest.mark.engine

API = """
from runner import Sandbox
with Sandbox(".", pool_size=3) as box:
    while True:
        box.run(["sleep", "0.2"])
"""
SLEEP = f"{HOLD}lock = hold()\ntime.sleep(600)"
KINDS = {
    "the Python API": (API, ()),
    "the command line": (ENTRY, ("run", "--", "python3", "-c", SLEEP)),
}
MOMENTS = [round(random.Random(number).uniform(0.05, 2.0), 2) for number in range(25)]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", MOMENTS)
@pytest.mark.parametrize(("program", "arguments"), KINDS.values(), ids=KINDS.keys())
def test_nothing_is_left_of_a_controller_killed_at_any_moment(
    tmp_path: Path, program: str, arguments: tuple[str, ...], seconds: float
) -> None:
    controller = started(tmp_path, program, *arguments)
    sleep(seconds)
    assert controller.poll() is None
    controller.kill()
    controller.wait()

    # More than once: the engine may still be making what it was asked for before.
    assert eventually(lambda: is_gone(controller.pid, tmp_path))
    assert is_let_go(tmp_path)


def test_a_running_command_ends_with_its_controller_by_itself(tmp_path: Path) -> None:
    controller = started(tmp_path, ENTRY, "run", "--", "python3", "-c", SLEEP)
    assert eventually((tmp_path / "held").exists)
    assert is_held(tmp_path)
    controller.kill()
    controller.wait()

    assert is_let_go(tmp_path)
    assert eventually(lambda: not containers_of(controller.pid))


def test_a_container_without_a_lifeline_stays(tmp_path: Path) -> None:
    """The control: a client of the engine that is killed leaves its container running."""
    mount = ("--network=none", f"--volume={tmp_path}:/w", "--workdir=/w")
    with running_unhardened(*mount) as container:
        command = ["docker", "exec", container.id, "python3", "-c", SLEEP]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as client:
            assert eventually((tmp_path / "held").exists)
            client.kill()
            client.wait()
            sleep(1)
        assert is_held(tmp_path)


CUT_THE_LIFELINE = f"""{HOLD}
import glob
for number in [int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*")]:
    if number not in (1, os.getpid()):
        os.kill(number, signal.SIGKILL)
lock = hold()
time.sleep(600)
"""


def test_a_command_that_cut_its_lifeline_is_collected(tmp_path: Path) -> None:
    controller = started(tmp_path, ENTRY, "run", "--", "python3", "-c", CUT_THE_LIFELINE)
    assert eventually((tmp_path / "held").exists)
    controller.kill()
    controller.wait()

    assert eventually(lambda: is_gone(controller.pid, tmp_path))
    assert is_let_go(tmp_path)


def test_a_running_session_is_not_collected(tmp_path: Path) -> None:
    """The twin: only what belongs to the dead is removed."""
    (tmp_path / "live").mkdir()
    controller = started(tmp_path / "live", ENTRY, "run", "--", "python3", "-c", SLEEP)
    try:
        assert eventually((tmp_path / "live/held").exists)
        before = (containers_of(controller.pid), folders_of(controller.pid))
        collect(tmp_path)
        assert (containers_of(controller.pid), folders_of(controller.pid)) == before
        assert is_held(tmp_path / "live")
    finally:
        controller.kill()
        controller.wait()
    assert eventually(lambda: is_gone(controller.pid, tmp_path))


def test_a_session_that_ends_leaves_nothing(tmp_path: Path) -> None:
    program = API.replace("while True:", "for _ in range(10):").replace("0.2", "0")
    controller = started(tmp_path, program)

    assert controller.wait(100) == 0
    assert (containers_of(controller.pid), folders_of(controller.pid)) == ([], [])
