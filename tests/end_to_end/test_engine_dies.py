"""The engine lacks an image, is killed, or has no room: one clear error, and nothing goes on."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.availability import cannot_run
from tests.end_to_end.command import SandboxCommand, finished, read_until
from tests.end_to_end.pseudo_terminal import at_a_terminal
from tests.end_to_end.second_engine import PATIENCE_SECONDS, SecondEngine, running
from tests.end_to_end.test_engine_trouble import IN_POD_IMAGE, assert_one_error

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def engine() -> Iterator[SecondEngine]:
    """An engine of our own with the pod's image only."""
    with running() as second:
        yield second


@pytest.fixture
def elsewhere(sandbox: SandboxCommand, engine: SecondEngine) -> SandboxCommand:
    """The command, led to the second engine."""
    return SandboxCommand(sandbox.cwd, sandbox.home, engine.environment)


def all_ended(engine: SecondEngine) -> bool:
    """Whether the engine's containers end by themselves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while engine.containers_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return engine.containers_processes() == []


def test_an_image_that_is_missing_is_named(
    elsewhere: SandboxCommand, engine: SecondEngine, workspace: Path
) -> None:
    cell = elsewhere("run", "--", "touch", "ran")
    engine.docker("tag", "sandbox-pod:latest", "cell:1")
    engine.docker("rmi", "sandbox-pod:latest")
    pod = elsewhere("run", "--image", "cell:1", "--", "touch", "ran")

    assert_one_error(cell, 125, "'sandbox-devcontainer:latest'", "./scripts/build-images")
    assert_one_error(pod, 125, "'sandbox-pod:latest'", "./scripts/build-images")
    assert list(workspace.iterdir()) == []
    assert engine.docker("ps", "--all", "--quiet") == ""


def test_an_engine_that_dies_during_a_call_ends_it_with_one_error(
    elsewhere: SandboxCommand, engine: SecondEngine
) -> None:
    process = elsewhere.started(*IN_POD_IMAGE, "sh", "-c", "echo ready; sleep 600")
    read_until(process, b"ready\n")
    assert engine.containers_processes() != []

    engine.kill()
    ran = finished(process)

    assert_one_error(ran, 125, "container engine", "sandbox gc")
    assert all_ended(engine)


def test_an_engine_that_dies_during_a_call_on_a_terminal_puts_it_back(
    elsewhere: SandboxCommand, engine: SecondEngine
) -> None:
    options = ("run", "-it", *IN_POD_IMAGE[1:])
    with at_a_terminal(elsewhere, *options, "sh", "-c", "echo ready; sleep 600") as me:
        before = me.modes()
        me.sees(b"ready\r\n")
        engine.kill()
        assert me.exit_code() == 125
        assert me.modes() == before
    assert all_ended(engine)


def test_a_controller_that_dies_after_its_engine_leaves_nothing_running(
    elsewhere: SandboxCommand, engine: SecondEngine
) -> None:
    process = elsewhere.started(*IN_POD_IMAGE, "sh", "-c", "echo ready; sleep 600")
    read_until(process, b"ready\n")
    process.send_signal(signal.SIGSTOP)  # it cannot notice
    engine.kill()

    process.kill()
    finished(process)

    assert all_ended(engine)


def test_a_full_disk_is_said_and_nothing_is_left(sandbox: SandboxCommand, workspace: Path) -> None:
    with running(disk_mib=64) as engine:
        elsewhere = SandboxCommand(sandbox.cwd, sandbox.home, engine.environment)
        assert elsewhere(*IN_POD_IMAGE, "sh", "-c", "echo hi").outcome == (0, b"hi\n", b"")

        engine.fill_disk()
        ran = elsewhere(*IN_POD_IMAGE, "sh", "-c", ": >ran")

        assert_one_error(ran, 125, "disk of the container engine is full", "docker system df")
        assert list(workspace.iterdir()) == []
        assert engine.containers_processes() == []


def test_a_full_workspace_is_the_commands_own_trouble(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", workspace], check=False
    )
    if mounted.returncode != 0:
        cannot_run("a small file system cannot be mounted here")
    try:
        ran = sandbox("run", "--", "sh", "-c", "head -c 2000000 /dev/zero >big")
    finally:
        subprocess.run(["umount", workspace], check=True)

    assert (ran.exit_code, b"No space left on device" in ran.stderr) == (1, True)
