"""The values that cross the seams: frozen, closed by default, and without a field for a hole."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from runner import interfaces
from runner.interfaces import (
    ContainerSpec,
    Ended,
    Image,
    JoinNetwork,
    Limits,
    Mount,
    Owned,
    OwnNetwork,
    Tmpfs,
)

MINIMAL = ContainerSpec(
    name="n", image="i", command=("c",), uid=1, gid=1, network=OwnNetwork(), limits=Limits()
)

VALUES: list[Any] = [
    MINIMAL,
    Ended(0, oom_killed=False),
    Image("sha256:1"),
    JoinNetwork("id"),
    Limits(),
    Mount(Path("/a"), "/a"),
    Owned("id", "name", {}),
    OwnNetwork(),
    Tmpfs("/tmp", 1),
]


def test_every_value_is_in_the_list_above() -> None:
    found = {name for name, each in vars(interfaces).items() if is_dataclass(each)}

    assert found == {type(value).__name__ for value in VALUES}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_cannot_be_changed(value: Any) -> None:
    name = next((field.name for field in fields(value)), "anything")

    with pytest.raises((FrozenInstanceError, TypeError)):
        setattr(value, name, "other")


def test_a_container_can_be_given_this_and_nothing_else() -> None:
    # A new field is a new hole until shown otherwise: SECURITY.md and the engines come first.
    assert {field.name for field in fields(ContainerSpec)} == {
        "name", "image", "command", "uid", "gid", "network", "limits", "mounts", "tmpfs",
        "environment", "working_directory", "labels", "terminal",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["privileged", "cap_add", "devices", "pid_mode", "extra_args"])
def test_a_hole_cannot_be_asked_for(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        ContainerSpec(**{**{f.name: getattr(MINIMAL, f.name) for f in fields(MINIMAL)}, name: True})


def test_what_is_not_asked_for_is_closed() -> None:
    assert (MINIMAL.mounts, MINIMAL.tmpfs, MINIMAL.environment, MINIMAL.terminal) == (
        (), (), {}, False,
    )  # fmt: skip
    assert not Mount(Path("/a"), "/a").writable
    assert Tmpfs("/tmp", 1).mode == 0o700
    assert Limits() == Limits(memory_mib=4096, cpus=2.0, pids=1024, tmp_mib=1024)
