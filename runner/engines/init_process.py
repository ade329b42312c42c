"""The first process of a container, seen from the host: killed, awaited and watched directly.

The engine takes some 80 ms to kill a container, most of it for unmounting. The kernel takes one:
when the first process of a PID namespace ends, it kills all others and waits for them before it
says so (pid_namespaces(7), "The namespace init process").
"""

import os
import select
import signal
from pathlib import Path

from runner.errors import CellFailed

_DEATH_SECONDS = 30.0


class InitProcess:
    """A file descriptor for one process (pidfd_open(2)); it cannot come to mean another."""

    def __init__(self, descriptor: int, mount_table: int) -> None:
        self._descriptor = descriptor
        self.mount_table = mount_table

    @classmethod
    def of_container(cls, process: int, container_id: str) -> "InitProcess | None":
        """The process, if it is on this machine, visible, and in that container's cgroup."""
        if not hasattr(os, "pidfd_open") or process <= 0:
            return None
        try:
            descriptor = os.pidfd_open(process)
        except OSError:
            return None
        try:
            # After opening: were the number taken by another process by now, this would show it.
            cgroups = Path(f"/proc/{process}/cgroup").read_text()
            mount_table = os.open(f"/proc/{process}/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            os.close(descriptor)
            return None
        if container_id not in cgroups:
            os.close(descriptor)
            os.close(mount_table)
            return None
        return cls(descriptor, mount_table)

    def kill(self) -> bool:
        """Kill it and all processes of its namespace; `False` when that is not permitted.

        Raises:
            CellFailed: it was killed and does not end.
        """
        try:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended
        except PermissionError:
            return False
        ended = select.poll()
        ended.register(self._descriptor, select.POLLIN)
        if not ended.poll(_DEATH_SECONDS * 1000):
            raise CellFailed(
                "A killed container does not end: one of its processes hangs in the kernel.",
                fix="See `dmesg`; the file system under the workspace may have stopped answering.",
            )
        return True

    def close(self) -> None:
        """Let go of the descriptors."""
        os.close(self._descriptor)
        os.close(self.mount_table)
