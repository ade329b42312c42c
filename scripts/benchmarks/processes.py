"""Memory of processes, as the kernel counts it; Linux only."""

from collections.abc import Iterator
from pathlib import Path

_KIB_PER_MIB = 1024


def container_mib(first: int) -> float:
    """Memory of a container's processes and of the one that watches them (the engine's shim).

    `first` is the container's first process. Shared pages are shared out (PSS) where that may be
    read, else they count in full (RSS).
    """
    shim = int(_status(first)["PPid"])
    return sum(map(_kib, [shim, *_family(first)])) / _KIB_PER_MIB


def cgroup_mib(process: int) -> float:
    """What counts against the memory limit of a process's container: the kernel's part, too."""
    for line in Path(f"/proc/{process}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            usage = Path(f"/sys/fs/cgroup/memory{path}/memory.usage_in_bytes")
        elif not controllers:
            usage = Path(f"/sys/fs/cgroup{path}/memory.current")
        else:
            continue
        if usage.exists():
            return int(usage.read_text()) / _KIB_PER_MIB**2
    raise RuntimeError("this machine does not say what a container's memory is")


def peak_mib(process: int) -> float:
    """The most memory a process had so far; 0 when it has ended."""
    try:
        peak = _status(process).get("VmHWM", "0 kB")
    except OSError:
        return 0.0
    return int(peak.split()[0]) / _KIB_PER_MIB


def _family(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _kib(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except PermissionError:
        return int(_status(process)["VmRSS"].split()[0])


def _status(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}
