"""What Docker is told to make, whole. A change of the confinement shows up here."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from runner.engines.docker_body import create_body
from runner.engines.seccomp import profile
from runner.interfaces import ContainerSpec, JoinNetwork, Limits, Mount, OwnNetwork, Tmpfs

SPEC = ContainerSpec(
    name="sandbox-1-cell-1",
    image="sha256:1234",
    command=("/bin/sh", "-c", "read x", "sandbox", "park"),
    uid=1000,
    gid=100,
    network=JoinNetwork("abcd"),
    limits=Limits(memory_mib=512, cpus=1.5, pids=64, tmp_mib=128),
    mounts=(Mount(Path("/home/me/project"), "/workspace", writable=True),),
    tmpfs=(Tmpfs("/tmp", 128, mode=0o1777),),
    environment={"HOME": "/home/sandbox"},
    working_directory="/workspace",
    labels={"sandbox.session": "1"},
)

BODY: dict[str, Any] = {
    "Image": "sha256:1234",
    "Entrypoint": ["/bin/sh", "-c", "read x", "sandbox", "park"],
    "Cmd": [],
    "User": "1000:100",
    "Env": ["HOME=/home/sandbox"],
    "WorkingDir": "/workspace",
    "Labels": {"sandbox.session": "1"},
    "Tty": False,
    "OpenStdin": True,
    "StdinOnce": True,
    "AttachStdin": True,
    "AttachStdout": True,
    "AttachStderr": True,
    "Healthcheck": {"Test": ["NONE"]},
    "HostConfig": {
        "AutoRemove": True,
        "NetworkMode": "container:abcd",
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges", f"seccomp={profile()}"],
        "ReadonlyRootfs": True,
        "Privileged": False,
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "Memory": 512 * 1024 * 1024,
        "MemorySwap": 512 * 1024 * 1024,
        "NanoCpus": 1_500_000_000,
        "PidsLimit": 64,
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        "LogConfig": {"Type": "none", "Config": {}},
        "Mounts": [
            {
                "Type": "bind",
                "Source": "/home/me/project",
                "Target": "/workspace",
                "ReadOnly": False,
                "BindOptions": {"Propagation": "rprivate"},
            }
        ],
        "Tmpfs": {"/tmp": "rw,nosuid,nodev,exec,size=128m,mode=1777,uid=1000,gid=100"},
    },
}

UNSAFE = {
    "Binds", "CapAdd", "CgroupParent", "DeviceCgroupRules", "DeviceRequests", "Devices", "GroupAdd",
    "Isolation", "Links", "MaskedPaths", "OomKillDisable", "OomScoreAdj", "PidMode", "PortBindings",
    "PublishAllPorts", "ReadonlyPaths", "Runtime", "StorageOpt", "Sysctls", "UTSMode", "UsernsMode",
    "VolumeDriver", "Volumes", "VolumesFrom",
}  # fmt: skip

OTHERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "image": ("sha256:5678", {"Image": "sha256:5678"}),
    "command": (("/bin/true",), {"Entrypoint": ["/bin/true"]}),
    "uid": (
        1001,
        {
            "User": "1001:100",
            "Tmpfs": {"/tmp": "rw,nosuid,nodev,exec,size=128m,mode=1777,uid=1001,gid=100"},
        },
    ),
    "gid": (
        101,
        {
            "User": "1000:101",
            "Tmpfs": {"/tmp": "rw,nosuid,nodev,exec,size=128m,mode=1777,uid=1000,gid=101"},
        },
    ),
    "network": (
        OwnNetwork(),
        {"NetworkMode": "none", "NetworkDisabled": True, "Hostname": "sandbox"},
    ),
    "limits": (
        Limits(memory_mib=1, cpus=0.01, pids=2, tmp_mib=128),
        {"Memory": 2**20, "MemorySwap": 2**20, "NanoCpus": 10_000_000, "PidsLimit": 2},
    ),
    "mounts": (
        (Mount(Path("/etc/passwd"), "/data"),),
        {
            "Mounts": [
                {
                    "Type": "bind",
                    "Source": "/etc/passwd",
                    "Target": "/data",
                    "ReadOnly": True,
                    "BindOptions": {"Propagation": "rprivate"},
                }
            ]
        },
    ),
    "tmpfs": (
        (Tmpfs("/home/sandbox", 64),),
        {"Tmpfs": {"/home/sandbox": "rw,nosuid,nodev,exec,size=64m,mode=700,uid=1000,gid=100"}},
    ),
    "environment": ({"A": "b=c\nd", "E": ""}, {"Env": ["A=b=c\nd", "E="]}),
    "working_directory": ("/", {"WorkingDir": "/"}),
    "labels": ({}, {"Labels": {}}),
    "terminal": (True, {"Tty": True}),
}
"""For every field of a spec another value, and all that it changes in the body."""

ELSEWHERE = {"name"}
"""Fields that are no part of the body: the name is in the query."""


def flat(body: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in body.items() if k != "HostConfig"}, **body["HostConfig"]}


def test_the_body_is_this_and_nothing_else() -> None:
    assert create_body(SPEC) == BODY


def test_the_name_is_no_part_of_the_body() -> None:
    assert create_body(replace(SPEC, name="other")) == BODY


@pytest.mark.parametrize(
    "name", sorted({field.name for field in fields(ContainerSpec)} - ELSEWHERE)
)
def test_every_field_of_a_spec_is_treated(name: str) -> None:
    value, changes = OTHERS[name]

    assert flat(create_body(replace(SPEC, **{name: value}))) == {**flat(BODY), **changes}


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, network=OwnNetwork(), terminal=True)])
def test_nothing_that_weakens_a_container_is_named(spec: ContainerSpec) -> None:
    assert UNSAFE.isdisjoint(flat(create_body(spec)))


@pytest.mark.parametrize(
    "name",
    ["CapDrop", "SecurityOpt", "ReadonlyRootfs", "Privileged", "IpcMode", "CgroupnsMode",
     "AutoRemove", "LogConfig", "Ulimits", "StdinOnce", "Healthcheck"],
)  # fmt: skip
def test_no_field_of_a_spec_touches_the_hardening(name: str) -> None:
    everything = replace(SPEC, **{field: value for field, (value, _) in OTHERS.items()})

    assert flat(create_body(everything))[name] == flat(BODY)[name]
