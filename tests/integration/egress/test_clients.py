"""Programs that people run find their way through the proxy, by the usual variables."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.availability import require_program
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import relayed


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, without a word."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The authority of an HTTP server with one file, `hello`."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "hello").write_text("hello\n")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(*command: str, proxy: str, folder: Path) -> subprocess.CompletedProcess[str]:
    names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    environment |= dict.fromkeys(names, proxy)
    return subprocess.run(
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PYTHON = (
    "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end='')"
)
CLIENTS = {
    "curl": ["curl", "-sS"],
    "curl through a tunnel": ["curl", "-sS", "-p"],
    "curl that asks which credentials": ["curl", "-sS", "--proxy-anyauth"],
    "curl of HTTP/1.0": ["curl", "-sS", "-0"],
    "wget": ["wget", "-q", "-O", "-"],
    "python": [sys.executable, "-c", PYTHON],
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_fetches_from_an_allowed_host(
    open_proxy: Open, site: str, tmp_path: Path, name: str
) -> None:
    command = CLIENTS[name]
    require_program(command[0])
    opened = open_proxy("127.0.0.1")
    with relayed(opened.path) as port:
        proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
        done = run(*command, f"http://{site}/hello", proxy=proxy, folder=tmp_path)
    assert (done.stdout, done.returncode) == ("hello\n", 0), done.stderr
    assert [entry.verdict for entry in opened.done()] == ["allow"]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_is_refused_another_host(open_proxy: Open, tmp_path: Path, name: str) -> None:
    command = CLIENTS[name]
    require_program(command[0])
    opened = open_proxy("127.0.0.1")
    with relayed(opened.path) as port:
        proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
        done = run(*command, "http://refused.example/hello", proxy=proxy, folder=tmp_path)
    assert "hello" not in done.stdout.replace("/hello", "")
    assert [(entry.host, entry.verdict) for entry in opened.done()] == [("refused.example", "deny")]


def test_the_user_of_a_client_reads_how_to_allow_the_host(open_proxy: Open, tmp_path: Path) -> None:
    opened = open_proxy()
    with relayed(opened.path) as port:
        proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
        done = run("curl", "-sS", "http://refused.example/", proxy=proxy, folder=tmp_path)
    assert done.stdout == (
        "sandbox: refused.example:80 is not allowed. "
        "To allow it: sandbox run --allow-domain refused.example\n"
    )


def test_git_clones_through_the_proxy(open_proxy: Open, site: str, tmp_path: Path) -> None:
    origin = tmp_path / "site" / "repo.git"
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for command in (
        ("git", "init", "-q", str(origin)),
        ("git", "-C", str(origin), *identity, "commit", "-q", "--allow-empty", "-m", "first"),
        ("git", "-C", str(origin), "update-server-info"),
    ):
        assert run(*command, proxy="", folder=tmp_path).returncode == 0
    opened = open_proxy("127.0.0.1")
    with relayed(opened.path) as port:
        proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
        url = f"http://{site}/repo.git/.git"
        done = run("git", "clone", "-q", url, "copy", proxy=proxy, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    log = run("git", "-C", "copy", "log", "--format=%s", proxy="", folder=tmp_path)
    assert log.stdout == "first\n"
