"""An engine that cannot be reached is an `EngineMissing`, whatever is asked of it."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.engines.docker import DockerEngine
from runner.errors import EngineMissing
from runner.interfaces import Engine
from tests.contract import programs
from tests.contract.conftest import IMAGE
from tests.contract.lab import Lab
from tests.fakes.engine import FakeEngine

NOBODY = 65534

CALLS: dict[str, Callable[[Engine], object]] = {
    "check": lambda engine: engine.check(),
    "image": lambda engine: engine.image(IMAGE),
    "create": lambda engine: engine.create(Lab(engine, IMAGE).spec(programs.WAIT)),
    "start": lambda engine: engine.start("0123456789ab"),
    "signal": lambda engine: engine.signal("0123456789ab", "TERM"),
    "resize": lambda engine: engine.resize("0123456789ab", 24, 80),
    "kill": lambda engine: engine.kill("0123456789ab"),
    "ended": lambda engine: engine.ended("0123456789ab"),
    "await_removed": lambda engine: engine.await_removed("0123456789ab"),
    "remove": lambda engine: engine.remove("0123456789ab"),
    "owned": lambda engine: engine.owned("sandbox.session"),
}


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Permissions do not bind root: for a moment this process is nobody."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize("kind", ["docker", "fake"])
def test_no_engine_is_missing(tmp_path: Path, kind: str, call: Callable[[Engine], object]) -> None:
    fake = FakeEngine({}, {})
    fake.is_reachable = False
    engine: Engine = DockerEngine(str(tmp_path / "none.sock")) if kind == "docker" else fake

    with engine, pytest.raises(EngineMissing) as caught:
        call(engine)

    assert caught.value.fix


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_an_engine_that_may_not_be_used_is_missing_and_the_fix_says_why(
    tmp_path: Path, call: Callable[[Engine], object]
) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        path.chmod(0o000)
        with (
            DockerEngine(str(path)) as engine,
            as_somebody_else(),
            pytest.raises(EngineMissing, match="No permission") as caught,
        ):
            call(engine)

    assert "group" in caught.value.fix
