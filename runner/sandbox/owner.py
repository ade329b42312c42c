"""Which controller a container belongs to, so that a dead one's leftovers can be told apart.

A process id alone is not enough: it is used again, it differs per PID namespace, and it starts over
at boot. The label therefore names all four: boot, PID namespace, process, its start time.
"""

import os
from collections.abc import Mapping
from pathlib import Path

SESSION = "sandbox.session"
CONTROLLER = "sandbox.controller"


def labels(session: str) -> dict[str, str]:
    """The labels that every container of this process's session carries."""
    return {SESSION: session, CONTROLLER: _identity(os.getpid())}


def is_ours_and_dead(label: str) -> bool:
    """Whether the controller named by the label ran on this boot, in this PID namespace, and is
    gone. A controller of an earlier boot is gone too; one elsewhere cannot be judged: `False`.
    """
    parts = label.split(":")
    if len(parts) != 4:
        return False
    boot, namespace, process, _ = parts
    if boot != _boot():
        return True
    if namespace != _pid_namespace() or not process.isdigit():
        return False
    return _identity(int(process)) != label


def _identity(process: int) -> str:
    return f"{_boot()}:{_pid_namespace()}:{process}:{_start_time(process)}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _pid_namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _start_time(process: int) -> str:
    """Clock ticks from boot to the process's start (proc(5), stat field 22); empty when gone.

    A process that has ended and that nobody asked about (a zombie) is gone, too.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in {"Z", "X"} else fields[18]


def label_of(container_labels: Mapping[str, str]) -> str:
    """The controller's label among a container's labels; empty when there is none."""
    return container_labels.get(CONTROLLER, "")
