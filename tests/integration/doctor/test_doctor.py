"""The doctor on this machine's engine, and on containers that lack what it looks for."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from runner.cli.doctor import doctor
from runner.doctor import inside, limits
from runner.doctor.finding import Finding, Level
from runner.doctor.limits import Tried
from runner.interfaces import Limits
from runner.session import Sandbox

pytestmark = pytest.mark.engine

APP = typer.Typer()
APP.command()(doctor)

PROMISED = [
    "container engine",
    "engine version",
    "seccomp",
    "no new privileges",
    "capabilities",
    "root file system",
    "network",
    "memory limit",
    "process limit",
    "processor limit",
    "workspace",
]
IMAGES = ["image sandbox-devcontainer:latest", "image sandbox-pod:latest"]


def test_an_engine_that_confines_passes_and_leaves_nothing_behind() -> None:
    ran = CliRunner().invoke(APP, ["--json"])
    report = json.loads(ran.stdout)
    levels = {found["name"]: found["level"] for found in report["findings"]}
    assert (ran.exit_code, report["ok"]) == (0, True)
    assert {name: levels[name] for name in PROMISED} == dict.fromkeys(PROMISED, "ok")
    # Present is enough here: while somebody works on them they differ from the checkout.
    assert {levels[name] for name in IMAGES} <= {"ok", "weak"}
    assert _containers_left(os.getpid()) == []


def test_the_report_has_a_line_for_every_finding() -> None:
    ran = CliRunner().invoke(APP, [])
    assert ran.exit_code == 0
    begun = [line.partition(":")[0] for line in ran.stdout.splitlines() if line[:1].isalpha()]
    assert {f"ok      {name}" for name in PROMISED} <= set(begun)
    assert ran.stdout.splitlines()[-1].endswith("Nothing is broken.")
    assert all(len(line) < 80 for line in ran.stdout.splitlines() if "https://" not in line)


def test_a_container_that_is_not_confined_is_found_out() -> None:
    """The control: the same script in a container that has everything a cell must not have."""
    command = ["docker", "run", "--rm", "--user=root", "--network=host"]
    command += ["--security-opt=seccomp=unconfined", "sandbox-devcontainer:latest"]
    script = f"{inside.SCRIPT}; true"  # files that do not exist everywhere are no failure
    ran = subprocess.run(
        [*command, "/bin/sh", "-c", script], capture_output=True, text=True, check=True
    )
    findings = inside.judged(inside.files(ran.stdout))
    assert [finding.level for finding in findings] == [Level.BROKEN] * 5


@pytest.mark.parametrize(
    ("script", "judge"),
    [
        pytest.param(limits.MEMORY_SCRIPT, limits.memory, id="memory"),
        pytest.param(limits.PROCESSES_SCRIPT, limits.processes, id="processes"),
    ],
)
def test_a_limit_that_does_not_hold_is_found_out(
    tmp_path: Path, script: str, judge: Callable[[Tried], Finding]
) -> None:
    """The control: the same trial where the limit is far away."""
    generous = Limits(memory_mib=1024, cpus=1.0, pids=512)
    with Sandbox(tmp_path, limits=generous, pool_size=0) as box:
        result = box.run(["/bin/sh", "-c", script], timeout_seconds=60)
    tried = Tried(result.exit_code, result.stdout.shown(), result.oom_killed)
    assert judge(tried).level is Level.BROKEN


def test_the_quota_of_another_size_is_found_out(tmp_path: Path) -> None:
    with Sandbox(tmp_path, limits=Limits(cpus=1.5), pool_size=0) as box:
        result = box.run(["/bin/sh", "-c", inside.SCRIPT], timeout_seconds=60)
    finding = limits.processor(inside.files(result.stdout.shown()))
    assert finding.found == "a cell asked for 0.5 processors sees a quota of 1.5"


def _containers_left(process: int) -> list[str]:
    """Those of this controller, once the engine has had time to remove what ended."""
    command = ["docker", "ps", "-a", "--format", "{{.Names}} {{.Labels}}"]
    deadline = time.monotonic() + 20
    while True:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        ours = [line for line in listed.splitlines() if f":{process}:" in line]
        if not ours or time.monotonic() > deadline:
            return ours
        time.sleep(0.2)
