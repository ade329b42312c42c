"""What the engine's answers mean: which of them are fine, and which error each of the others is."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from runner.engines.docker import DockerEngine
from runner.errors import (
    CellFailed,
    EngineError,
    EngineLost,
    EngineTooOld,
    ImageMissing,
    SandboxError,
)
from runner.interfaces import ContainerSpec, Ended, Image, Limits, OwnNetwork
from tests.fakes.listener import Listener, http

T = TypeVar("T")

PING = http("200 OK", b"OK", Api_Version="1.41")
VERSION = http("200 OK", b'{"ApiVersion": "1.41"}', Content_Type="application/json")

SPEC = ContainerSpec(
    name="sandbox-1-cell-1",
    image="some:image",
    command=("/bin/sh",),
    uid=1000,
    gid=1000,
    network=OwnNetwork(),
    limits=Limits(),
)


def failed(status: str, message: str) -> bytes:
    return http(status, b'{"message": "%s"}' % message.encode())


def asked(tmp_path: Path, answers: list[bytes], ask: Callable[[DockerEngine], T]) -> T:
    """What an engine that gives these answers is understood to say."""
    with Listener(tmp_path / "s", answers) as listener, DockerEngine(listener.path) as engine:
        return ask(engine)


@pytest.mark.parametrize("version", ["1.41", "1.50", "2.0"])
def test_a_recent_engine_passes(tmp_path: Path, version: str) -> None:
    asked(tmp_path, [http("200 OK", b"OK", Api_Version=version)], DockerEngine.check)


@pytest.mark.parametrize("version", ["1.40", "1.9", "0.99", "", "new"])
def test_an_engine_that_is_too_old_is_refused(tmp_path: Path, version: str) -> None:
    answer = http("200 OK", b"OK", Api_Version=version)
    with pytest.raises(EngineTooOld, match=r"the oldest supported is 1\.41") as caught:
        asked(tmp_path, [answer], DockerEngine.check)

    assert "Docker 20.10" in caught.value.fix


@pytest.mark.parametrize(
    ("body", "volumes"),
    [
        pytest.param(b'{"Id": "sha256:1", "Config": null}', (), id="no-config"),
        pytest.param(b'{"Id": "sha256:1", "Config": {"Volumes": null}}', (), id="none"),
        pytest.param(
            b'{"Id": "sha256:1", "Config": {"Volumes": {"/b": {}, "/a": {}}}}',
            ("/a", "/b"),
            id="two",
        ),
    ],
)
def test_an_image_has_an_id_and_volumes(
    tmp_path: Path, body: bytes, volumes: tuple[str, ...]
) -> None:
    found = asked(tmp_path, [http("200 OK", body)], lambda engine: engine.image("some:image"))

    assert found == Image("sha256:1", volumes)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        pytest.param(
            failed("404 Not Found", "No such image: some:image"),
            ImageMissing,
            "some:image",
            id="no-image",
        ),
        pytest.param(
            failed("404 Not Found", "No such container: abc"),
            CellFailed,
            "No such container: abc",
            id="the-pod-is-gone",
        ),
        pytest.param(
            failed("400 Bad Request", "bind source path does not exist: /x"),
            CellFailed,
            "bind source path does not exist: /x",
            id="no-mount-source",
        ),
        pytest.param(
            failed("500 Internal Server Error", "write /var/x: no space left on device"),
            CellFailed,
            "disk of the container engine is full",
            id="disk-full",
        ),
        pytest.param(
            failed("409 Conflict", "The container name is in use"),
            CellFailed,
            "name is in use",
            id="name",
        ),
    ],
)
def test_a_container_that_cannot_be_made_says_why(
    tmp_path: Path, answer: bytes, error: type[SandboxError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        asked(tmp_path, [answer], lambda engine: engine.create(SPEC))

    assert caught.value.fix


def test_a_container_that_was_made_has_an_id(tmp_path: Path) -> None:
    with Listener(tmp_path / "s", [http("201 Created", b'{"Id": "abc"}')]) as listener:
        made = DockerEngine(listener.path).create(SPEC)

    assert made == "abc"
    assert listener.requests[0].startswith(b"POST /containers/create?name=sandbox-1-cell-1 ")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        pytest.param(
            "OCI runtime create failed: exec: /bin/sh: stat /bin/sh: no such file or directory",
            "The image has no usable /bin/sh",
            id="no-shell",
        ),
        pytest.param(
            "cannot join network of a non running container: abc",
            "cannot join network",
            id="the-pod-has-ended",
        ),
    ],
)
def test_a_container_that_cannot_be_started_says_why(
    tmp_path: Path, message: str, says: str
) -> None:
    answers = [b"HTTP/1.1 101 UPGRADED\r\n\r\n", failed("500 Internal Server Error", message)]

    with pytest.raises(CellFailed, match=says):
        asked(tmp_path, answers, lambda engine: engine.start("abc"))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(
            [http("200 OK", b'{"StatusCode": 7}'), http("200 OK", b'{"State": {}}')],
            Ended(7, oom_killed=False),
            id="by-itself",
        ),
        pytest.param(
            [
                http("200 OK", b'{"StatusCode": 137}'),
                http("200 OK", b'{"State": {"OOMKilled": true}}'),
            ],
            Ended(137, oom_killed=True),
            id="memory",
        ),
        pytest.param(
            [http("200 OK", b'{"StatusCode": 0}'), failed("404 Not Found", "gone")],
            Ended(0, oom_killed=False),
            id="removed-meanwhile",
        ),
        pytest.param([failed("404 Not Found", "No such container")], None, id="gone-already"),
    ],
)
def test_the_end_is_told(tmp_path: Path, answers: list[bytes], expected: Ended | None) -> None:
    assert asked(tmp_path, answers, lambda engine: engine.ended("abc")) == expected


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="before-the-head"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", id="after-it"),
    ],
)
def test_an_engine_that_stops_while_an_end_is_waited_for_is_lost(
    tmp_path: Path, answer: bytes
) -> None:
    with pytest.raises(EngineLost):
        asked(tmp_path, [answer], lambda engine: engine.ended("abc"))


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "409 Conflict"])
def test_what_is_dead_is_killed(tmp_path: Path, status: str) -> None:
    asked(tmp_path, [failed(status, "x")], lambda engine: engine.kill("abc"))


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([http("204 No Content")], id="removed"),
        pytest.param([failed("404 Not Found", "x")], id="gone-already"),
        pytest.param(
            [failed("409 Conflict", "x"), http("200 OK", b"{}"), failed("404 Not Found", "x")],
            id="being-removed",
        ),
    ],
)
def test_what_is_gone_is_removed(tmp_path: Path, answers: list[bytes]) -> None:
    asked(tmp_path, answers, lambda engine: engine.remove("abc"))


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda engine: engine.kill("abc"), id="kill"),
        pytest.param(lambda engine: engine.remove("abc"), id="remove"),
    ],
)
def test_an_end_that_the_engine_refuses_is_an_error(
    tmp_path: Path, ask: Callable[[DockerEngine], None]
) -> None:
    with pytest.raises(CellFailed, match="permission denied"):
        asked(tmp_path, [failed("500 Internal Server Error", "permission denied")], ask)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda engine: engine.owned("sandbox.session"), id="owned"),
        pytest.param(lambda engine: engine.facts(), id="facts"),
    ],
)
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(failed("500 Internal Server Error", "broken"), id="failing"),
        pytest.param(b"", id="silent"),
        pytest.param(b"220 mail.example ESMTP\r\n\r\n", id="another-program"),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="at-once"),
        pytest.param([PING], id="after-a-ping"),
        pytest.param([VERSION], id="after-its-version"),
        pytest.param([PING, VERSION], id="after-both"),
    ],
)
def test_errors_of_the_docker_package_become_ours(
    tmp_path: Path,
    ask: Callable[[DockerEngine], object],
    answer: bytes,
    before: list[bytes],
) -> None:
    with pytest.raises(EngineError):
        asked(tmp_path, [*before, *[answer] * 4], ask)
