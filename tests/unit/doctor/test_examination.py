"""The whole examination where it goes wrong: no engine, or one that answers nonsense."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from runner.doctor.examination import Patient, examined
from runner.doctor.finding import Finding, Level
from runner.doctor.trials import Box
from runner.interfaces import Engine, Limits


def never_opened(engine: Engine, workspace: Path, limits: Limits) -> AbstractContextManager[Box]:
    raise AssertionError(f"opened {workspace} on {engine} with {limits}")


def findings_with(environment: dict[str, str], folder: Path) -> dict[str, Finding]:
    patient = Patient(environment, home=folder, workspace=folder, checkout=folder)
    return {finding.name: finding for finding in examined(patient, never_opened)}


@pytest.mark.parametrize(
    ("host", "found"),
    [
        pytest.param("unix://{}/absent.sock", "No container engine answers at", id="nobody there"),
        pytest.param("tcp://10.0.0.1:2375", "is not on this machine", id="another machine's"),
    ],
)
def test_a_missing_engine_is_one_finding_and_the_rest_goes_on(
    tmp_path: Path, host: str, found: str
) -> None:
    findings = findings_with({"DOCKER_HOST": host.format(tmp_path)}, tmp_path)
    assert list(findings) == ["container engine", "CA bundle", "disk here", "kernel"]
    engine = findings["container engine"]
    assert engine.level is Level.BROKEN
    assert found in engine.found
    assert engine.fix


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[None]:
    """A socket that gives every connection the same answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        server = Thread(target=_serve, args=(listener, answer))
        server.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            server.join()


def _serve(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            connection.sendall(answer)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        pytest.param(
            b"HTTP/1.0 200 OK\r\nApi-Version: 1.40\r\n\r\nOK", "1.41", id="an engine too old"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nOK", "1.41", id="no version"),
        pytest.param(b"hello\r\n\r\n", "does not speak HTTP", id="no engine at all"),
    ],
)
def test_an_engine_that_will_not_do_is_one_finding(
    tmp_path: Path, answer: bytes, found: str
) -> None:
    path = tmp_path / "engine.sock"
    with answering(path, answer):
        findings = findings_with({"DOCKER_HOST": f"unix://{path}"}, tmp_path)
    assert list(findings) == ["container engine", "CA bundle", "disk here", "kernel"]
    assert findings["container engine"].level is Level.BROKEN
    assert found in findings["container engine"].found


def test_an_engine_that_goes_mad_later_makes_findings_not_tracebacks(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with answering(path, b"HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n\r\n{}"):
        findings = findings_with({"DOCKER_HOST": f"unix://{path}"}, tmp_path)
    assert findings["container engine"].level is Level.OK
    assert findings["images"].level is Level.BROKEN
    assert findings["cells"].found == "not tried, because an image is missing"
    assert findings["kernel"].level is Level.OK
