"""What killed controllers left is removed; what belongs to the living, or to others, is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.interfaces import ContainerSpec, Image, Limits, OwnNetwork
from runner.sandbox.leftovers import Removed, remove_leftovers
from runner.sandbox.owner import CONTROLLER, SESSION, label_of, labels
from tests.contract.programs import PROGRAMS, WAIT
from tests.fakes.engine import FakeEngine

LIVING = label_of(labels("1"))
DEAD = "00000000-0000-0000-0000-000000000000:1:1:1"


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine(PROGRAMS, {"image": Image("sha256:1")})
    yield made
    for label in (SESSION, "other"):
        for container in made.owned(label):
            made.remove(container.id)


def container(engine: FakeEngine, name: str, container_labels: dict[str, str]) -> str:
    return engine.create(
        ContainerSpec(
            name=name,
            image="image",
            command=("/bin/sh", "-c", WAIT),
            uid=1,
            gid=1,
            network=OwnNetwork(),
            limits=Limits(),
            labels=container_labels,
        )
    )


def removed(engine: FakeEngine, runtime: Path) -> Removed:
    """What is removed, without folders of /tmp that do not belong to this test."""
    found = remove_leftovers(engine, {"XDG_RUNTIME_DIR": str(runtime)})
    return Removed(found.containers, tuple(f for f in found.folders if f.startswith(str(runtime))))


def test_containers_of_a_dead_controller_are_removed(engine: FakeEngine, runtime: Path) -> None:
    engine.start(container(engine, "running", {SESSION: "1", CONTROLLER: DEAD}))
    container(engine, "never-ran", {SESSION: "1", CONTROLLER: DEAD})
    container(engine, "living", {SESSION: "2", CONTROLLER: LIVING})
    container(engine, "nobodys", {SESSION: "3"})
    container(engine, "another-program's", {"other": "x", CONTROLLER: DEAD})

    assert removed(engine, runtime) == Removed(("running", "never-ran"), ())
    assert [owned.name for owned in engine.owned(SESSION)] == ["living", "nobodys"]
    assert [owned.name for owned in engine.owned("other")] == ["another-program's"]


def test_folders_of_a_dead_controller_are_removed(engine: FakeEngine, runtime: Path) -> None:
    for name, controller in (("sandbox-dead", DEAD), ("sandbox-living", LIVING)):
        (runtime / name / "egress").mkdir(parents=True)
        (runtime / name / "controller").write_text(controller)

    assert removed(engine, runtime) == Removed((), (str(runtime / "sandbox-dead"),))
    assert [folder.name for folder in runtime.iterdir()] == ["sandbox-living"]


def test_a_second_time_there_is_nothing_to_remove(engine: FakeEngine, runtime: Path) -> None:
    container(engine, "never-ran", {SESSION: "1", CONTROLLER: DEAD})
    removed(engine, runtime)

    assert removed(engine, runtime) == Removed((), ())
