"""What Docker is told to make: a `ContainerSpec` as the body of `POST /containers/create`.

Every protection of a container is visible here, its system call filter in seccomp.py. The engine's
own defaults that we rely on (masked and read-only paths of /proc and /sys, AppArmor where the host
has it) are kept by not naming them.
"""

from typing import Any

from runner.engines.seccomp import profile
from runner.interfaces import ContainerSpec, JoinNetwork, Mount, Tmpfs


def create_body(spec: ContainerSpec) -> dict[str, Any]:
    """The request body; shape as in Docker's Engine API v1.41, ContainerCreate."""
    body: dict[str, Any] = {
        "Image": spec.image,
        "Entrypoint": list(spec.command),
        "Cmd": [],
        "User": f"{spec.uid}:{spec.gid}",
        "Env": [f"{name}={value}" for name, value in spec.environment.items()],
        "WorkingDir": spec.working_directory,
        "Labels": dict(spec.labels),
        "Tty": spec.terminal,
        # Open, attached once: when the controller dies the engine closes the container's input.
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host_config(spec),
    }
    if not isinstance(spec.network, JoinNetwork):
        body["Hostname"] = "sandbox"
        # With mode "none" the engine still manages the empty namespace, which takes Docker 20.10
        # 150 ms; with this it leaves it to the runtime, which makes one with nothing but `lo`.
        # Both are set: an engine that does not know this field falls back to the mode.
        body["NetworkDisabled"] = True
    return body


def _host_config(spec: ContainerSpec) -> dict[str, Any]:
    memory = spec.limits.memory_mib * 1024 * 1024
    return {
        "AutoRemove": True,
        "NetworkMode": _network_mode(spec),
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges", f"seccomp={profile()}"],
        "ReadonlyRootfs": True,
        "Privileged": False,
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "Memory": memory,
        "MemorySwap": memory,  # the sum of both: no swap beyond the memory limit
        "NanoCpus": int(spec.limits.cpus * 1_000_000_000),
        "PidsLimit": spec.limits.pids,
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        # The default driver writes all output to the host's disk, without bound.
        "LogConfig": {"Type": "none", "Config": {}},
        "Mounts": [_mount(mount) for mount in spec.mounts],
        "Tmpfs": {mount.target: _tmpfs_options(mount, spec) for mount in spec.tmpfs},
    }


def _network_mode(spec: ContainerSpec) -> str:
    if isinstance(spec.network, JoinNetwork):
        return f"container:{spec.network.container_id}"
    return "none"


def _mount(mount: Mount) -> dict[str, Any]:
    # "Mounts" and not "Binds": a missing source is an error there instead of a new folder.
    return {
        "Type": "bind",
        "Source": str(mount.source),
        "Target": mount.target,
        "ReadOnly": not mount.writable,
        "BindOptions": {"Propagation": "rprivate"},
    }


def _tmpfs_options(mount: Tmpfs, spec: ContainerSpec) -> str:
    owner = f"uid={spec.uid},gid={spec.gid}"
    return f"rw,nosuid,nodev,exec,size={mount.size_mib}m,mode={mount.mode:o},{owner}"
