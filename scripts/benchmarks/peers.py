"""What people use instead of sandbox, as commands, confined as alike as each of them can be.

`docker run` gets every option of a cell: what differs is that a cell has waited for its command,
and has the protected files and the way out through the proxy besides.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runner.interfaces import Limits
from runner.sandbox.cells import DEFAULT_IMAGE
from runner.sandbox.world import HOME, WORKSPACE

# Not all of "/": an engine at work mounts and unmounts there, and bwrap fails when it meets that.
_SYSTEM = [Path("/", name) for name in ("usr", "etc", "bin", "sbin", "lib", "lib64")]

_LONGEST_SECONDS = 900
"""A container of a benchmark that was killed ends by itself after so long."""


def docker_run(workspace: Path, command: Sequence[str], *options: str) -> list[str]:
    """`docker run --rm` of a command, hardened as a cell."""
    return ["docker", "run", "--rm", *options, *_hardening(workspace), DEFAULT_IMAGE, *command]


@contextmanager
def running_container(workspace: Path) -> Iterator[str]:
    """The id of a hardened container that does nothing; removed at the end."""
    idle = ["sleep", str(_LONGEST_SECONDS)]
    made = _done(docker_run(workspace, idle, "--detach", "--init=false")).strip()
    try:
        yield made
    finally:
        _done(["docker", "rm", "--force", made])


def docker_exec(container_id: str, command: Sequence[str]) -> list[str]:
    """A command in a container that runs already."""
    return ["docker", "exec", container_id, *command]


def bwrap(workspace: Path, command: Sequence[str]) -> list[str] | None:
    """A command in new namespaces; `None` where bubblewrap is missing or not permitted.

    It has no limits on memory, processors and processes, and no system call filter.
    """
    words = [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *(word for folder in _SYSTEM for word in _as_on_host(folder)),
        *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", HOME),
        *("--bind", str(workspace), WORKSPACE, "--chdir", WORKSPACE),
    ]
    if shutil.which("bwrap") is None:
        return None
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        return None
    return [*words, *command]


def must_run(command: Sequence[str]) -> None:
    """Run to the end; a benchmark of something that fails would say nothing."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _hardening(workspace: Path) -> list[str]:
    limits, user = Limits(), f"{os.geteuid()}:{os.getegid()}"
    tmpfs = f"rw,nosuid,nodev,exec,size={limits.tmp_mib}m"
    owner = f"uid={os.geteuid()},gid={os.getegid()}"
    memory = f"{limits.memory_mib}m"
    return [
        *("--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--read-only", "--ipc", "private", "--cgroupns", "private", "--ulimit", "core=0"),
        *("--tmpfs", f"/tmp:{tmpfs},mode=1777,{owner}"),
        *("--tmpfs", f"{HOME}:{tmpfs},mode=700,{owner}"),
        *("--memory", memory, "--memory-swap", memory, "--cpus", str(limits.cpus)),
        *("--pids-limit", str(limits.pids), "--log-driver", "none", "--user", user),
        *("--mount", f"type=bind,source={workspace},target={WORKSPACE}", "--workdir", WORKSPACE),
    ]


def _as_on_host(folder: Path) -> tuple[str, ...]:
    if folder.is_symlink():  # /bin is one to usr/bin on most systems
        return ("--symlink", str(folder.readlink()), str(folder))
    return ("--ro-bind-try", str(folder), str(folder))


def _done(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
