"""A pod starts in the background, says what went wrong to whoever needs it, and ends."""

from collections.abc import Callable
from typing import NoReturn

import pytest

from runner.errors import CellFailed, EngineMissing, ImageMissing, SandboxError
from runner.interfaces import ContainerSpec, Image, Limits, OwnNetwork
from runner.sandbox.departures import Departures
from runner.sandbox.pod import Pod
from tests.fakes.container import FakeProcess, Program
from tests.fakes.engine import FakeEngine

LABEL = "sandbox.test"

SPEC = ContainerSpec(
    name="pod",
    image="sandbox-pod:latest",
    command=("/bin/sh", "-c", "pod.sh"),
    uid=1,
    gid=1,
    network=OwnNetwork(),
    limits=Limits(),
    labels={LABEL: "yes"},
)


def relay(process: FakeProcess) -> int:
    process.write(b"ready\n")
    return len(process.read_line())


def engine(program: Program = relay, image: str = SPEC.image) -> FakeEngine:
    return FakeEngine({"pod.sh": program}, {image: Image("sha256:1")})


def starting(made: FakeEngine) -> Pod:
    return Pod.starting(made, SPEC, Departures(made))


def test_a_pod_runs_until_it_is_closed() -> None:
    made = engine()
    departures = Departures(made)
    pod = Pod.starting(made, SPEC, departures)

    pod.await_network()
    pod.await_relay()
    assert [owned.id for owned in made.owned(LABEL)] == [pod.id()]

    pod.close()
    departures.await_all()
    assert made.owned(LABEL) == []


def says(words: bytes) -> Program:
    def program(process: FakeProcess) -> int:
        if words:
            process.write(words)
        return 1

    return program


def unreachable() -> FakeEngine:
    made = engine()
    made.is_reachable = False
    return made


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        pytest.param(unreachable, EngineMissing, "No container engine", id="no-engine"),
        pytest.param(
            lambda: engine(image="other"), ImageMissing, "sandbox-pod:latest", id="no-image"
        ),
        pytest.param(lambda: engine(says(b"")), CellFailed, "ended before its relay", id="silent"),
        pytest.param(
            lambda: engine(says(b"socat: no\x1b[2J\n")), CellFailed, "did not start", id="complains"
        ),
    ],
)
def test_what_went_wrong_is_told_to_whoever_waits(
    make: Callable[[], FakeEngine], error: type[SandboxError], text: str
) -> None:
    pod = starting(make())

    with pytest.raises(error, match=text) as caught:
        pod.await_relay()

    assert caught.value.fix
    assert "\x1b" not in str(caught.value)
    pod.close()


@pytest.mark.parametrize("wait", [Pod.id, Pod.await_network, Pod.await_relay])
def test_nobody_waits_for_a_pod_that_cannot_be_made(wait: Callable[[Pod], object]) -> None:
    pod = starting(unreachable())

    with pytest.raises(EngineMissing):
        wait(pod)

    pod.close()


def test_a_missing_image_is_said_with_how_to_make_it() -> None:
    pod = starting(engine(image="other"))

    with pytest.raises(ImageMissing) as caught:
        pod.id()

    assert "./scripts/build-images" in caught.value.fix
    pod.close()


def test_a_pod_that_was_made_and_cannot_be_started_is_not_left_behind() -> None:
    class Refusing(FakeEngine):
        def start(self, container_id: str, *, terminal: bool = False) -> NoReturn:
            raise CellFailed("The runtime is broken.", fix="Mend it.")

    made = Refusing({"pod.sh": relay}, {SPEC.image: Image("sha256:1")})
    pod = starting(made)

    with pytest.raises(CellFailed, match="The runtime is broken"):
        pod.await_network()
    pod.close()

    assert made.owned(LABEL) == []
