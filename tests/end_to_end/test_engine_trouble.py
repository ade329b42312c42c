"""No engine, or not a usable one: one clear error, exit code 125, and nothing runs on the host."""

import hashlib
import http.server
import json
import os
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from runner.engines.endpoint import socket_path
from tests.end_to_end.command import Completed, SandboxCommand
from tests.end_to_end.conftest import POD_IMAGE

pytestmark = pytest.mark.engine

IN_POD_IMAGE = ("run", "--image", POD_IMAGE, "--")


def assert_one_error(ran: Completed, code: int, *texts: str) -> None:
    """One error of ours, which says `texts`, and no other output."""
    assert (ran.exit_code, ran.stdout) == (code, b""), ran.said
    assert [text for text in texts if text not in ran.said] == [], ran.said
    assert (ran.said.startswith("sandbox: "), "Traceback" in ran.said) == (True, False)


@contextmanager
def answering(path: Path, api_version: str) -> Iterator[str]:
    """A unix socket at which something answers every request with this API version."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Api-Version", api_version)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"OK")

        do_POST = do_DELETE = do_GET  # noqa: N815 - the library's names

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: object) -> None:
            return

    with socketserver.ThreadingUnixStreamServer(str(path), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{path}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("command", "code"), [(("run", "--", "touch", "ran"), 125), (("gc",), 5)], ids=["run", "gc"]
)
class TestEveryCommand:
    """`run` ends with 125, because any smaller code could be the command's own; `gc` with 5."""

    def test_no_engine(
        self, sandbox: SandboxCommand, workspace: Path, command: tuple[str, ...], code: int
    ) -> None:
        address = f"unix://{workspace}/none.sock"

        ran = sandbox(*command, environment={"DOCKER_HOST": address})

        assert_one_error(ran, code, f"No container engine answers at {address}", "systemctl start")
        assert list(workspace.iterdir()) == []

    def test_a_socket_that_nobody_serves(
        self, sandbox: SandboxCommand, workspace: Path, command: tuple[str, ...], code: int
    ) -> None:
        with answering(workspace / "dead.sock", "1.41") as address:
            pass

        ran = sandbox(*command, environment={"DOCKER_HOST": address})

        assert_one_error(ran, code, "No container engine answers")
        assert not (workspace / "ran").exists()

    @pytest.mark.parametrize("version", ["1.40", "1.9", "", "new"])
    def test_an_engine_that_is_too_old(
        self,
        sandbox: SandboxCommand,
        workspace: Path,
        command: tuple[str, ...],
        code: int,
        version: str,
    ) -> None:
        with answering(workspace / "old.sock", version) as address:
            ran = sandbox(*command, environment={"DOCKER_HOST": address})

        assert_one_error(ran, code, "the oldest supported is 1.41", "Docker 20.10")
        assert not (workspace / "ran").exists()

    def test_a_context_that_does_not_exist(
        self, sandbox: SandboxCommand, workspace: Path, command: tuple[str, ...], code: int
    ) -> None:
        trouble = {"DOCKER_HOST": "", "DOCKER_CONTEXT": "nope", "DOCKER_CONFIG": str(workspace)}

        ran = sandbox(*command, environment=trouble)

        assert_one_error(ran, code, "'nope'", "docker context ls")
        assert not (workspace / "ran").exists()

    @pytest.mark.parametrize("address", ["tcp://192.0.2.1:2375", "ssh://192.0.2.1"])
    @pytest.mark.parametrize("by", ["host", "context"])
    def test_an_engine_on_another_machine(
        self,
        sandbox: SandboxCommand,
        workspace: Path,
        home: Path,
        command: tuple[str, ...],
        code: int,
        by: str,
        address: str,
    ) -> None:
        if by == "host":
            trouble = {"DOCKER_HOST": address}
        else:
            put_context(home, "far", address)
            trouble = {"DOCKER_HOST": "", "DOCKER_CONTEXT": "far", "DOCKER_CONFIG": str(home)}

        ran = sandbox(*command, environment=trouble)

        assert_one_error(ran, code, address, "not on this machine", "docker context use default")
        assert list(workspace.iterdir()) == []


def put_context(config: Path, name: str, address: str) -> None:
    """What `docker context create` writes."""
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"Host": address, "SkipTLSVerify": False}
    meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (folder / "meta.json").write_text(json.dumps(meta))


def test_a_context_of_this_machine_is_used(sandbox: SandboxCommand, home: Path) -> None:
    put_context(home, "near", f"unix://{socket_path(os.environ, Path.home())}")
    chosen = {"DOCKER_HOST": "", "DOCKER_CONTEXT": "near", "DOCKER_CONFIG": str(home)}

    assert sandbox("run", "--", "echo", "hi", environment=chosen).outcome == (0, b"hi\n", b"")


def test_the_context_that_is_in_use_counts(sandbox: SandboxCommand, home: Path) -> None:
    put_context(home, "far", "tcp://192.0.2.1:2375")
    (home / "config.json").write_text('{"currentContext": "far"}')
    chosen = {"DOCKER_HOST": "", "DOCKER_CONTEXT": "", "DOCKER_CONFIG": str(home)}

    assert_one_error(sandbox("run", "--", "true", environment=chosen), 125, "192.0.2.1")
