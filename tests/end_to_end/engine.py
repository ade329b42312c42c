"""What the engine of this machine holds, asked through the `docker` command."""

import subprocess
import time
from collections.abc import Iterable

PATIENCE_SECONDS = 60.0
"""How long the engine may take to remove what ended by itself. Nothing is judged by it."""


def docker(*arguments: str, input: bytes | None = None) -> str:  # noqa: A002 - as subprocess
    """Standard output of a `docker` command that has to succeed, without the last line break."""
    ran = subprocess.run(["docker", *arguments], capture_output=True, input=input, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().rstrip("\n")


def containers_of(pid: int, *, running: bool = False) -> list[str]:
    """Containers of the controller that was this process, all of them or those that are running."""
    label = '{{.Label "sandbox.controller"}} {{.Names}}'
    every = () if running else ("--all",)
    listed = docker("ps", *every, "--filter", "label=sandbox.controller", "--format", label)
    pairs = (line.split(" ", 1) for line in listed.splitlines())
    return [name for owner, name in pairs if owner.split(":")[2] == str(pid)]


def mentioned(kind: str, names: Iterable[str]) -> list[str]:
    """Containers, volumes or networks (`kind`) whose line in the engine's list holds a name."""
    every = ("--all",) if kind == "ps" else ()
    listed = docker(*kind.split(), *every, "--format", "{{json .}}")
    return [line for line in listed.splitlines() if any(name in line for name in names)]


def running_after(pid: int) -> list[str]:
    """Containers of a controller that was killed, once they have had time to end by themselves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := containers_of(pid, running=True)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
