"""Whatever a command uses up is its own, and bounded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runner
from runner import Limits, Sandbox
from tests.security.lab import (
    DONE,
    REFUSED,
    Attempt,
    Unhardened,
    in_cell,
    python,
    running_unhardened,
    shell,
)

pytestmark = pytest.mark.engine

LIMITS = Limits(memory_mib=96, cpus=1.0, pids=64, tmp_mib=16)


@pytest.fixture(scope="module")
def box(workspace: Path) -> Iterator[Sandbox]:
    """A small one."""
    with Sandbox(workspace, limits=LIMITS, pool_size=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def unbounded() -> Iterator[Unhardened]:
    """A container with much more of everything."""
    with running_unhardened("--network=none", "--shm-size=512m") as container:
        yield container


FORK = """
import os, signal, time
children = []
try:
    while len(children) < 300:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
    said, code = "done", 0
except OSError:
    said, code = "", 1
for child in children:
    os.kill(child, signal.SIGKILL)
print(said, end="\\n" if said else "")
raise SystemExit(code)
"""
THREADS = """
import threading, time
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
except RuntimeError:
    raise SystemExit(1)
print("done")
"""
USES = {
    "processes": python(FORK),
    "threads": python(THREADS),
    "memory": python("held = bytearray(b'x') * (300 << 20); print('done')"),
    "memory by mapping": python(
        "import mmap; m = mmap.mmap(-1, 300 << 20); m.write(b'x' * (300 << 20)); print('done')"
    ),
    "the space of /tmp": shell("head -c 32M /dev/zero >/tmp/file; echo done"),
    "the space of the home": shell("mkdir -p ~; head -c 32M /dev/zero >~/file; echo done"),
    "shared memory": shell("head -c 128M /dev/zero >/dev/shm/file; echo done"),
}


@pytest.mark.parametrize("attack", USES.values(), ids=USES.keys())
def test_a_command_is_held_within_its_limits(
    box: Sandbox, unbounded: Unhardened, attack: list[str]
) -> None:
    assert unbounded.attempt(attack) == DONE
    assert in_cell(box, attack) == REFUSED
    assert in_cell(box, shell("echo done")) == DONE


WITHIN = {
    "processes": python(FORK.replace("300", "30")),
    "memory": python("held = bytearray(b'x') * (40 << 20); print('done')"),
    "the space of /tmp": shell("head -c 8M /dev/zero >/tmp/file; echo done"),
}


@pytest.mark.parametrize("command", WITHIN.values(), ids=WITHIN.keys())
def test_a_command_within_its_limits_is_left_alone(box: Sandbox, command: list[str]) -> None:
    assert in_cell(box, command) == DONE


def test_a_fork_bomb_ends_with_its_call(box: Sandbox) -> None:
    result = box.run(shell("bomb() { bomb | bomb & }; bomb; sleep 60"), timeout_seconds=3)

    assert result.exit_code != 0
    assert in_cell(box, shell("ps -e --no-headers | wc -l")).succeeded


def test_a_memory_bomb_is_reported(box: Sandbox) -> None:
    result = box.run(USES["memory"])

    assert (result.exit_code, result.oom_killed) == (137, True)


# Not ru_maxrss: that one is kept across exec, and so begins with what the process running the
# tests once held (getrusage(2), Linux).
PEAK = """
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""
READER = """
import sys
from runner import Sandbox
with Sandbox(sys.argv[1], pool_size=0) as box:
    result = box.run(["head", "-c", "1G", "/dev/zero"], output_limit=1000)
assert (result.exit_code, result.truncated, len(result.stdout) < 1100) == (0, True, True)
"""
HOARDER = """
import subprocess
subprocess.run(["head", "-c", "256M", "/dev/zero"], capture_output=True)
"""


@pytest.mark.slow
def test_endless_output_does_not_fill_the_controller_s_memory(tmp_path: Path) -> None:
    assert _peak_mib(HOARDER, tmp_path) > 256
    assert _peak_mib(READER, tmp_path) < 150


def _peak_mib(program: str, workspace: Path) -> float:
    ran = subprocess.run(
        [sys.executable, "-c", program + PEAK, str(workspace)],
        cwd=Path(runner.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout) / 1024


def test_endless_output_ends_with_the_time_limit(box: Sandbox) -> None:
    result = box.run(["yes"], timeout_seconds=1, output_limit=1000)

    assert (result.exit_code, result.timed_out, result.truncated) == (124, True, True)
    assert len(result.stdout) < 1100


def test_no_core_is_dumped(box: Sandbox, unbounded: Unhardened) -> None:
    raised = shell("ulimit -c unlimited; echo done")

    assert unbounded.attempt(raised) == DONE
    assert in_cell(box, raised) == REFUSED
    assert in_cell(box, shell("ulimit -c")) == Attempt(succeeded=True, said="0\n")
