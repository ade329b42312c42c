"""The seams: what the layers above ask of an engine, and the values that cross.

An engine makes containers. Everything a container may be given is a field of `ContainerSpec`;
a hole in the confinement (a capability, a device, a host namespace) has no field, so it cannot be
asked for. Every engine passes `tests/contract/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol, Self


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the host, bind-mounted into a container; it must exist."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Tmpfs:
    """A memory file system in a container, owned by the container's user."""

    target: str
    size_mib: int
    mode: int = 0o700


@dataclass(frozen=True, slots=True)
class Limits:
    """What one container may use; every field is enforced by the kernel."""

    memory_mib: int = 4096
    cpus: float = 2.0
    pids: int = 1024
    tmp_mib: int = 1024


@dataclass(frozen=True, slots=True)
class OwnNetwork:
    """A network namespace of its own with a loopback device and nothing else."""


@dataclass(frozen=True, slots=True)
class JoinNetwork:
    """The network namespace of another container, by its id."""

    container_id: str


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container, whole. The engine adds the hardening that every container gets:

    all capabilities dropped, no-new-privileges, a system call filter, a read-only root,
    private ipc, no devices, no log on disk, removed as soon as it ends.
    """

    name: str
    image: str
    command: tuple[str, ...]
    uid: int
    gid: int
    network: OwnNetwork | JoinNetwork
    limits: Limits
    mounts: tuple[Mount, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    labels: Mapping[str, str] = field(default_factory=dict)
    terminal: bool = False


class Stream(Enum):
    """Which of a container's two output streams a piece of output came from."""

    STDOUT = 1
    STDERR = 2


@dataclass(frozen=True, slots=True)
class Image:
    """An image the engine has: its content id, the paths it declares as volumes, its labels."""

    id: str
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a container ended, in the engine's own words."""

    exit_code: int
    oom_killed: bool


@dataclass(frozen=True, slots=True)
class Owned:
    """A container that carries our labels, running or not."""

    id: str
    name: str
    labels: Mapping[str, str]


class Channel(Protocol):
    """The three standard streams of one container. Not shared between threads,
    except that one thread may send while another receives.
    """

    def send(self, data: bytes) -> None:
        """Write all of `data` to standard input.

        Raises:
            BrokenPipeError: nobody reads it any more.
        """

    def close_input(self) -> None:
        """End standard input; the output goes on."""

    def receive(self, timeout_seconds: float | None) -> tuple[Stream, bytes] | None:
        """The next piece of output, at most 64 KiB; `None` when both streams have ended.

        With a terminal everything is `STDOUT`. An engine that goes away ends the streams, too:
        `Engine.ended` tells.

        Raises:
            TimeoutError: nothing came in time.
        """

    def close(self) -> None:
        """Let go of the streams. A parked cell ends when its input closes."""


class Engine(Protocol):
    """What makes containers. All methods may be called from any thread.

    All of them raise `EngineMissing` when the engine cannot be reached.
    """

    def check(self) -> None:
        """Prove that the engine answers and is recent enough.

        Raises:
            EngineTooOld: its API is older than the oldest supported.
        """

    def image(self, reference: str) -> Image:
        """Look an image up by name or id; nothing is ever pulled.

        Raises:
            ImageMissing: the engine does not have it.
        """

    def create(self, spec: ContainerSpec) -> str:
        """Make a container that does not run yet, and return its id.

        Raises:
            ImageMissing: the image is gone.
            CellFailed: the engine refuses, for instance because a mount source is gone.
        """

    def start(self, container_id: str, *, terminal: bool = False) -> Channel:
        """Attach to the three streams, then start: no output is lost.

        Raises:
            CellFailed: the first process could not be started.
        """

    def signal(self, container_id: str, name: str) -> None:
        """Send a signal ("INT", "TERM") to every process in the container but the first."""

    def resize(self, container_id: str, rows: int, columns: int) -> None:
        """Tell the container's terminal its size, in characters."""

    def mount_table(self, container_id: str) -> int | None:
        """A descriptor that polls as exceptional once the container's mounts have changed since
        it was started (proc_pid_mounts(5)), valid until `kill`; `None` where nobody can tell.
        """

    def kill(self, container_id: str) -> None:
        """End every process in the container; returns when none is left. Ended already: fine."""

    def ended(self, container_id: str) -> Ended | None:
        """Wait for the container to end and say how; `None` when it is gone already."""

    def await_removed(self, container_id: str) -> None:
        """Return when a container that ended, or is ending by itself, is gone."""

    def remove(self, container_id: str) -> None:
        """Kill and remove; returns when it is gone. Gone already: fine."""

    def owned(self, label: str) -> list[Owned]:
        """All containers that carry the label, running or not."""

    def close(self) -> None:
        """Let go of connections. Containers are not touched."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
