"""Much output: nothing of it is lost, and the controller does not keep it."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand, finished

pytestmark = pytest.mark.engine

MIB = 1024 * 1024
MOST_CONTROLLER_MIB = 150

# A stream that differs from place to place, so that a lost or doubled piece shows.
WRITE = """
import hashlib, sys
block, digest = bytearray(1024 * 1024), hashlib.sha256()
for number in range(int(sys.argv[1])):
    block[:8] = number.to_bytes(8, "big")
    digest.update(block)
    sys.stdout.buffer.write(block)
sys.stdout.buffer.flush()
print(digest.hexdigest(), file=sys.stderr)
"""


def drained(process: "subprocess.Popen[bytes]", size: int) -> str:
    """The SHA-256 of the first `size` bytes of standard output."""
    assert process.stdout is not None
    digest, left = hashlib.sha256(), size
    while left and (data := os.read(process.stdout.fileno(), min(left, MIB))):
        digest.update(data)
        left -= len(data)
    assert left == 0
    return digest.hexdigest()


def peak_memory_mib(pid: int) -> float:
    """The most resident memory a process ever had (proc(5), VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("this kernel does not say")


def test_256_mib_of_output_arrive_whole(sandbox: SandboxCommand) -> None:
    process = sandbox.started("run", "--", "python3", "-c", WRITE, "256")

    digest = drained(process, 256 * MIB)

    assert finished(process).outcome == (0, b"", f"{digest}\n".encode())


@pytest.mark.slow
def test_the_controller_stays_small_while_a_gibibyte_passes(sandbox: SandboxCommand) -> None:
    script = f"{WRITE}\nsys.stdin.read()"
    process = sandbox.started("run", "--", "python3", "-c", script, "1024")

    digest = drained(process, 1024 * MIB)
    peak = peak_memory_mib(process.pid)  # it still waits for its input to end

    assert finished(process).outcome == (0, b"", f"{digest}\n".encode())
    assert peak < MOST_CONTROLLER_MIB


@pytest.mark.slow
def test_the_controller_stays_small_while_it_keeps_a_part_of_a_gibibyte(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    os.mkfifo(workspace / "written")
    script = "head -c 1073741824 /dev/zero; echo yes >written; cat"
    process = sandbox.started("run", "--json", "--", "sh", "-c", script)

    assert (workspace / "written").read_text() == "yes\n"  # waits until it is
    peak = peak_memory_mib(process.pid)

    said = json.loads(finished(process).stdout)
    assert (said["exit_code"], said["truncated"]) == (0, True)
    assert f"\n[... {1014 * MIB} bytes left out ...]\n" in said["stdout"]
    assert peak < MOST_CONTROLLER_MIB


def test_both_streams_at_once_arrive_whole(sandbox: SandboxCommand) -> None:
    """A controller that reads one to its end first would stand still for ever."""
    script = "head -c 20000000 /dev/zero >&2 & head -c 20000000 /dev/zero; wait"

    ran = sandbox("run", "--", "sh", "-c", script)

    assert ran.outcome == (0, bytes(20_000_000), bytes(20_000_000))
