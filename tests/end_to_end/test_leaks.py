"""After any number of calls the engine holds nothing of ours."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.session import Sandbox
from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.engine import docker, mentioned

pytestmark = pytest.mark.engine

KINDS = ("ps", "volume ls", "network ls")


def everything(names: set[str]) -> list[str]:
    """Whatever the engine still holds that carries one of the names."""
    return [line for kind in KINDS for line in mentioned(kind, names)]


def volumes() -> set[str]:
    """Every volume of the engine; one without a name of ours could be ours all the same."""
    return set(docker("volume", "ls", "--quiet").split())


@pytest.mark.slow
def test_a_thousand_calls_of_one_session_leave_nothing(workspace: Path) -> None:
    with Sandbox(workspace, pool_size=2) as box, ThreadPoolExecutor(4) as callers:
        commands = [["sh", "-c", f"sleep 600 & exit {number % 100}"] for number in range(1_000)]
        results = list(callers.map(box.run, commands))
        session = results[0].summary.call_id.partition("-")[0]
        assert len(mentioned("ps", {session})) > 0

    assert [result.exit_code for result in results] == [*range(100)] * 10
    assert everything({session}) == []
    assert list(Path("/tmp").glob(f"sandbox-{session}-*")) == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--", "true"], id="success"),
        pytest.param(["--", "false"], id="failure"),
        pytest.param(["--", "no-such-program"], id="no program"),
        pytest.param(["--timeout", "0.2", "--", "sleep", "600"], id="time limit"),
        pytest.param(["--json", "--", "sh", "-c", "sleep 600 &"], id="background process"),
        pytest.param(["--", "sh", "-c", "kill -s KILL -- -1"], id="kills everything"),
    ],
)
def test_a_command_line_leaves_nothing(
    sandbox: SandboxCommand, tmp_path: Path, arguments: list[str]
) -> None:
    runtime = tmp_path / "r"
    runtime.mkdir(mode=0o700)
    # The session's id is in the name of its folder; this makes a place for that of its own.
    where = {"XDG_RUNTIME_DIR": str(runtime)} if len(str(runtime)) < 40 else {}

    ran = sandbox("run", *arguments, environment=where)

    label = f":{ran.pid}:"
    assert everything({label}) == []
    assert list(runtime.iterdir()) == []


def test_an_image_with_a_volume_leaves_none_and_keeps_nothing(
    sandbox: SandboxCommand, volume_image: str
) -> None:
    """Shown first without the guard: plain `docker run` makes a volume that stays."""
    before = volumes()
    container = docker("create", "--network=none", volume_image, "true")
    try:
        docker("start", "--attach", container)
        mounts = docker("inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", container)
        assert mounts in volumes() - before
    finally:
        docker("rm", "--force", "--volumes", container)

    script = "[ -e /data/kept ] && echo kept; printf x >/data/kept && cat /data/kept"
    outputs = [sandbox("run", "--image", volume_image, "--", "sh", "-c", script) for _ in range(2)]

    assert [ran.outcome for ran in outputs] == [(0, b"x", b"")] * 2
    assert volumes() <= before


def test_gc_removes_what_a_killed_controller_left_and_nothing_else(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    with Sandbox(workspace, pool_size=1) as box:
        box.run(["true"])

        ran = sandbox("gc", "--json")

        assert (ran.exit_code, ran.stderr) == (0, b"")
        assert box.run(["echo", "still here"]).stdout == b"still here\n"
    assert sandbox("gc").exit_code == 0
