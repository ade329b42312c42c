"""What an engine says of itself, Docker's and Podman's, judged."""

from typing import Any

import pytest

from runner.doctor import engine
from runner.doctor.finding import Level
from runner.errors import EngineMissing

DOCKER: dict[str, Any] = {
    "Version": "20.10.24+dfsg1",
    "ApiVersion": "1.41",
    "Components": [{"Name": "Engine", "Version": "20.10.24+dfsg1", "Details": {}}],
    "CgroupVersion": "1",
    "MemoryLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "SwapLimit": True,
    "Runtimes": {"runc": {"path": "runc"}},
    "SecurityOptions": ["name=seccomp,profile=default"],
}
PODMAN: dict[str, Any] = {
    **DOCKER,
    "Version": "4.9.3",
    "Components": [{"Name": "Podman Engine", "Version": "4.9.3"}],
    "Runtimes": {"crun": {"path": "/usr/bin/crun"}, "runsc": {"path": "/usr/bin/runsc"}},
    "SecurityOptions": ["name=seccomp,profile=default", "name=rootless"],
}
ODD: dict[str, Any] = {
    "Version": None,
    "Components": "none",
    "Runtimes": None,
    "SecurityOptions": None,
    "SwapLimit": None,
}


@pytest.mark.parametrize(
    ("address", "environment", "found"),
    [
        pytest.param(
            "unix:///var/run/docker.sock",
            {},
            "unix:///var/run/docker.sock (the default)",
            id="the usual socket",
        ),
        pytest.param(
            "unix:///run/user/1000/docker.sock",
            {},
            "unix:///run/user/1000/docker.sock (from the Docker context)",
            id="a context's",
        ),
        pytest.param(
            "unix:///var/run/docker.sock",
            {"DOCKER_HOST": "unix:///var/run/docker.sock"},
            "unix:///var/run/docker.sock (from DOCKER_HOST)",
            id="the variable's",
        ),
    ],
)
def test_the_address_is_said_with_who_chose_it(
    address: str, environment: dict[str, str], found: str
) -> None:
    finding = engine.reached(address, environment)
    assert (finding.level, finding.found) == (Level.OK, found)


def test_an_engine_that_does_not_answer_is_broken_with_its_fix() -> None:
    finding = engine.unreachable(EngineMissing("Nothing answers.", fix="Start it."))
    assert (finding.level, finding.found, finding.fix) == (
        Level.BROKEN,
        "Nothing answers.",
        "Start it.",
    )


@pytest.mark.parametrize(
    ("facts", "start"),
    [
        pytest.param(DOCKER, "Docker 20.10.24+dfsg1, API 1.41 ", id="Docker"),
        pytest.param(PODMAN, "Podman 4.9.3, API 1.41 ", id="Podman"),
        pytest.param(ODD, "Docker of an unknown version, API unknown ", id="fields of other types"),
        pytest.param({}, "Docker of an unknown version, API unknown ", id="no fields"),
    ],
)
def test_the_product_is_recognised(facts: engine.Facts, start: str) -> None:
    assert engine.version(facts).found.startswith(start)


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        pytest.param(DOCKER, Level.WEAK, id="an engine that runs as root"),
        pytest.param(PODMAN, Level.OK, id="rootless"),
        pytest.param({"SecurityOptions": ["name=userns"]}, Level.OK, id="remapped"),
        pytest.param({"SecurityOptions": ["name=usernsx"]}, Level.WEAK, id="a name like it"),
        pytest.param(ODD, Level.WEAK, id="null"),
        pytest.param({}, Level.WEAK, id="missing"),
    ],
)
def test_user_ids_are_weak_unless_known_to_differ(facts: engine.Facts, level: Level) -> None:
    assert engine.user_ids(facts).level is level


@pytest.mark.parametrize(
    ("facts", "level", "found"),
    [
        pytest.param(
            DOCKER,
            Level.OK,
            "cgroup version 1; memory, processes, processor time",
            id="all offered",
        ),
        pytest.param(
            {**DOCKER, "CgroupVersion": "2", "PidsLimit": False, "CpuCfsQuota": False},
            Level.BROKEN,
            "cgroup version 2; cannot limit processes, processor time",
            id="two refused",
        ),
        pytest.param(
            {**DOCKER, "SwapLimit": False},
            Level.WEAK,
            "cgroup version 1; swap is not limited along with memory",
            id="no swap accounting",
        ),
        pytest.param(
            ODD, Level.OK, "cgroup version unknown; memory, processes, processor time", id="silent"
        ),
    ],
)
def test_limits_that_are_not_offered_are_named(
    facts: engine.Facts, level: Level, found: str
) -> None:
    finding = engine.limits_offered(facts)
    assert (finding.level, finding.found) == (level, found)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        pytest.param(DOCKER, "runsc is not registered (it is not needed)", id="without"),
        pytest.param({"Runtimes": {"runsc": {}}}, "runsc is registered", id="with"),
        pytest.param(PODMAN, "runsc is named in Podman's configuration", id="Podman's list"),
        pytest.param(ODD, "runsc is not registered (it is not needed)", id="null"),
    ],
)
def test_gvisor_is_a_fact(facts: engine.Facts, found: str) -> None:
    finding = engine.gvisor(facts)
    assert (finding.level, finding.found) == (Level.OK, found)
