"""Nothing outlives its call, whatever it does to be forgotten."""

import subprocess
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import (
    DONE,
    Attempt,
    Unhardened,
    eventually,
    in_cell,
    python,
    running_unhardened,
    shell,
)
from tests.security.locks import HOLD, forget, is_held, is_let_go

pytestmark = pytest.mark.engine

AWAIT = 'while not os.path.exists("held"): time.sleep(0.01)\n'
DAEMON = f"""{HOLD}
if os.fork():
    {AWAIT.strip()}
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
for number in range(1, 65):
    if number not in (9, 19, 32, 33):
        signal.signal(number, signal.SIG_IGN)
lock = hold()
time.sleep(600)
"""
KEEP = f"exec python3 -c '{HOLD.replace(chr(39), '')}lock = hold()\ntime.sleep(600)'"
WAIT = "while [ ! -e held ]; do sleep 0.01; done"
DAEMONS = {
    "in the background": shell(f"({KEEP}) & {WAIT}"),
    "without a terminal": shell(f'nohup bash -c "$KEEP" >/dev/null 2>&1 & {WAIT}'),
    "in a session of its own": shell(f'setsid bash -c "$KEEP" & {WAIT}'),
    "as a daemon deaf to signals": python(DAEMON),
    "holding the output open": shell(f"({KEEP}) >&1 2>&2 & {WAIT}"),
}


@pytest.mark.parametrize("attack", DAEMONS.values(), ids=DAEMONS.keys())
def test_a_daemon_ends_with_its_call(tmp_path: Path, attack: list[str]) -> None:
    keep = KEEP.removeprefix("exec ")
    options = ("--network=none", f"--volume={tmp_path}:/w", "--workdir=/w", f"--env=KEEP={keep}")
    with running_unhardened(*options) as container:
        whole = ["docker", "exec", "--detach", container.id, *attack]
        subprocess.run(whole, check=True, capture_output=True)
        assert eventually((tmp_path / "held").exists)
        assert is_held(tmp_path)
    assert is_let_go(tmp_path)
    forget(tmp_path)

    with Sandbox(tmp_path, pool_size=0, environment={"KEEP": keep}) as box:
        assert in_cell(box, attack) == Attempt(succeeded=True, said="")
        assert is_let_go(tmp_path)


def test_a_time_limit_ends_every_process(tmp_path: Path) -> None:
    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(
            python(f"{DAEMON.replace('os._exit(0)', 'time.sleep(600)', 1)}"), timeout_seconds=3
        )

        assert (result.exit_code, result.timed_out, (tmp_path / "held").exists()) == (
            124,
            True,
            True,
        )
        assert is_let_go(tmp_path)


# The first process waits for the command. What it runs when it wakes up is made nonsense of.
KILL_THE_FIRST = f"""{HOLD}
import platform
if os.fork():
    {AWAIT.strip()}
    nonsense = {{"x86_64": b"\\x0f\\x0b"}}.get(platform.machine(), b"\\0\\0") * 16
    place = int(open("/proc/1/syscall").read().split()[-1], 16)
    memory = open("/proc/1/mem", "r+b", 0)
    memory.seek(place)
    memory.write(nonsense)
    os._exit(0)
lock = hold()
time.sleep(600)
"""
# The first process reports an end that has not come.
TAKE_OVER = f"""{HOLD}
import re
lock = hold()
found = set()
memory = open("/proc/1/mem", "rb", 0)
for line in open("/proc/1/maps"):
    place, rights = line.split()[:2]
    if "w" in rights:
        first, last = (int(text, 16) for text in place.split("-"))
        memory.seek(first)
        data = memory.read(last - first)
        found |= set(re.findall(rb"(?<![0-9a-f])[0-9a-f]{{32}}(?![0-9a-f])", data))
for nonce in found:
    os.write(1, b"\\x1e" + nonce + b" 0 0\\x1e")
    os.write(2, b"\\x1e" + nonce + b" 0 0\\x1e")
time.sleep(600)
"""
STOP_THE_FIRST = f"""{HOLD}
if os.fork():
    {AWAIT.strip()}
    import ctypes
    trace = ctypes.CDLL(None).ptrace
    assert trace(16, 1, 0, 0) == 0
    os.kill(os.getpid(), 19)
lock = hold()
time.sleep(600)
"""
FIRST = {
    "killed": (KILL_THE_FIRST, False),
    "made to report an end that has not come": (TAKE_OVER, True),
}


@pytest.mark.parametrize(("code", "looks_well"), FIRST.values(), ids=FIRST.keys())
def test_a_first_process_that_was_taken_over_takes_nothing_along(
    tmp_path: Path, code: str, looks_well: bool
) -> None:
    """That the call ends before its command would, and how, shows that the attack worked."""
    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(python(code), timeout_seconds=60)

        assert ((tmp_path / "held").exists(), result.timed_out) == (True, False)
        assert (result.exit_code == 0) is looks_well
        assert is_let_go(tmp_path)
        assert box.run(["true"]).exit_code == 0


def test_a_first_process_that_was_stopped_ends_with_the_time_limit(tmp_path: Path) -> None:
    with Sandbox(tmp_path, pool_size=0) as box:
        result = box.run(python(STOP_THE_FIRST), timeout_seconds=5)

        assert ((tmp_path / "held").exists(), result.exit_code) == (True, 124)
        assert is_let_go(tmp_path)


def test_the_first_process_ignores_signals_of_its_command(
    box: Sandbox, unhardened: Unhardened
) -> None:
    signals = "for name in TERM HUP QUIT KILL; do kill -s $name"
    mortal = shell(f"sleep 600 & {signals} $!; done; wait $! || echo done")
    immortal = shell(f"{signals} 1; done; echo done")

    assert unhardened.attempt(mortal) == DONE
    assert in_cell(box, immortal) == DONE
