"""Where attacks are tried: a container without our guards, and a cell."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

from runner import Sandbox

IMAGE = "sandbox-devcontainer:latest"
PATIENCE_SECONDS = 60.0
"""How long a hanging machine is waited for. Nothing is judged by it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attack went: whether its command ended well, and what it wrote."""

    succeeded: bool
    said: str


DONE = Attempt(succeeded=True, said="done\n")
REFUSED = Attempt(succeeded=False, said="")


def shell(script: str) -> list[str]:
    """A command that runs a shell script, which stops at the first thing that fails."""
    return ["bash", "-ec", script]


def python(code: str) -> list[str]:
    """A command that runs a Python program."""
    return ["python3", "-c", code]


def in_cell(box: Sandbox, command: list[str]) -> Attempt:
    """Try it in a cell."""
    result = box.run(command, timeout_seconds=PATIENCE_SECONDS)
    assert not result.timed_out
    return Attempt(result.exit_code == 0, result.stdout.text())


class Unhardened:
    """A running container without any guard of ours."""

    def __init__(self, container_id: str) -> None:
        self.id = container_id

    def attempt(self, command: list[str], *options: str) -> Attempt:
        """Try it here."""
        whole = ["docker", "exec", *options, self.id, *command]
        ran = subprocess.run(whole, capture_output=True, text=True, check=False)
        return Attempt(ran.returncode == 0, ran.stdout)


_BOUNDS = ("--memory=1g", "--pids-limit=2000", "--label=sandbox-security-control")
# Not --privileged: that needs every capability, and a machine may lack one itself.
_CAPABILITIES = ("SYS_ADMIN", "SYS_PTRACE", "NET_ADMIN", "NET_RAW", "DAC_READ_SEARCH", "SYS_CHROOT")
_OPEN = (
    "--user=0:0",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--security-opt=systempaths=unconfined",
    *(f"--cap-add={name}" for name in _CAPABILITIES),
)


@contextmanager
def running_unhardened(*options: str) -> Iterator[Unhardened]:
    """A container of the same image, as root; bounded, so that an attack harms only itself."""
    command = ["docker", "run", "--detach", "--rm", "--init", *_BOUNDS, *_OPEN, *options]
    started = subprocess.run(
        [*command, IMAGE, "sleep", "infinity"], capture_output=True, text=True, check=False
    )
    assert started.returncode == 0, started.stderr
    container_id = started.stdout.strip()
    try:
        yield Unhardened(container_id)
    finally:
        subprocess.run(["docker", "rm", "-f", container_id], capture_output=True, check=False)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true while anybody would still wait for it."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.02)
    return True
