"""Programs that people run in a cell reach what was allowed, and nothing else."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.availability import require_root
from tests.end_to_end import peers
from tests.end_to_end.client_programs import GRPC_CALL, SCRIPTS, WEBSOCKET
from tests.end_to_end.command import Completed, SandboxCommand
from tests.end_to_end.registries import PIP, python_hosts, python_index
from tests.end_to_end.sites import (
    WORDS,
    make_certificate,
    make_debian_repository,
    make_git_repository,
)

pytestmark = pytest.mark.engine

# The version that a client library is at does not matter, so none is named: the index has one.
LIBRARIES = ("requests", "httpx", "grpcio")

WITHOUT_EXCEPTIONS = ("--env=NO_PROXY=", "--env=no_proxy=")
"""The servers are on the host's `localhost`, which a cell takes for its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder to be the workspace, and what is served from another, `folder`."""

    sandbox: SandboxCommand
    folder: Path
    port: int
    tls_port: int

    def run(self, script: str, *options: str, host: str) -> Completed:
        """A shell script in a cell; `$1` and `$2` are the site by HTTP and by HTTPS."""
        options = (*WITHOUT_EXCEPTIONS, f"--allow-domain={host}", *options)
        sites = (f"http://localhost:{self.port}", f"https://localhost:{self.tls_port}")
        shell = ("sh", "-e", "-c", script, "sh", *sites)
        return self.sandbox("run", *options, "--", *shell)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A site with a file, a git repository and a Debian repository."""
    folder = tmp_path_factory.mktemp("clients")
    for name in ("workspace", "home", "site"):
        (folder / name).mkdir()
    (folder / "site/hello").write_text(WORDS)
    make_git_repository(folder / "site/repository.git", folder / "home")
    make_debian_repository(folder / "site/apt")
    certificate = make_certificate(folder)
    with (
        peers.serving_folder(folder / "site") as port,
        peers.serving_folder(folder / "site", certificate) as tls_port,
    ):
        sandbox = SandboxCommand(folder / "workspace", folder / "home")
        yield Place(sandbox, folder / "site", port, tls_port)


@pytest.mark.parametrize("client", SCRIPTS)
def test_a_client_reaches_the_host_that_was_allowed(place: Place, client: str) -> None:
    ran = place.run(SCRIPTS[client], host="localhost")

    assert ran.outcome == (0, WORDS.encode(), b"")


@pytest.mark.parametrize("client", SCRIPTS)
def test_a_client_does_not_reach_a_host_that_was_not(place: Place, client: str) -> None:
    ran = place.run(SCRIPTS[client], host="example.com")

    assert WORDS.encode() not in ran.stdout
    assert "refused localhost:" in ran.said


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "SANDBOX_SOCKS_PROXY"])
def test_a_web_socket_reaches_the_host_that_was_allowed(place: Place, variable: str) -> None:
    (place.sandbox.cwd / "websocket.py").write_text(WEBSOCKET)

    with peers.echoing_messages() as port:
        script = f"python3 websocket.py {variable} {port}"
        ran = place.run(script, host=f"localhost:{port}")
        refused = place.run(script, host=f"localhost:{place.port}")

    assert ran.outcome == (0, b"hello\n", b"")
    assert (refused.exit_code, refused.stdout) == (1, b"")
    assert f"refused localhost:{port}" in refused.said


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(None, id="for this user"),
        pytest.param(23456, id="for a user whom the image does not know"),
    ],
)
def test_git_over_ssh_reaches_the_host_that_was_allowed(
    place: Place, sandbox: SandboxCommand, tmp_path: Path, owner: int | None
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    options = ("HostName=localhost", "HostKeyAlias=server", "StrictHostKeyChecking=yes",
               "UserKnownHostsFile=known_hosts", "IdentityFile=key")  # fmt: skip
    ssh = " ".join(("ssh", *(f"-o {option}" for option in options)))
    inside = replace(place, sandbox=sandbox)

    with peers.accepting_ssh(keys) as port:
        for name in ("key", "known_hosts"):
            shutil.copy(keys / name, sandbox.cwd)
        if owner is not None:
            give_away(sandbox.cwd, owner)
        # Not `localhost`, which ssh is set up to reach in the cell itself.
        url = f"ssh://{getpass.getuser()}@server:{port}{place.folder}/repository.git"
        script = f"GIT_SSH_COMMAND='{ssh}' git clone -q {url} /tmp/copy && cat /tmp/copy/hello"
        ran = inside.run(script, host=f"localhost:{port}")
        refused = inside.run(script, host="localhost:22")

    assert ran.outcome == (0, WORDS.encode(), b"")
    assert (refused.exit_code, refused.stdout) == (128, b"")
    assert f"sandbox: localhost:{port} is not allowed." in refused.said
    assert f"refused localhost:{port}" in refused.said


def give_away(folder: Path, owner: int) -> None:
    """The folder and what is in it now belong to another user."""
    require_root()
    for path in (folder, *folder.iterdir()):
        os.chown(path, owner, owner)


@pytest.fixture(scope="module")
def libraries(place: Place) -> str:
    """Client libraries, installed through the proxy; the variable that has Python find them."""
    index = f"--env=PIP_INDEX_URL={python_index()}"
    allowed = [f"--allow-domain={host}" for host in python_hosts()]
    install = ("pip", "--no-cache-dir", "install", "--quiet", "--target", "libraries", *LIBRARIES)
    ran = place.sandbox("run", index, *allowed, "--", "python3", "-m", *install)
    assert ran.exit_code == 0, ran.said
    return "--env=PYTHONPATH=/workspace/libraries"


@pytest.mark.registry
@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_a_library_reaches_the_host_that_was_allowed(
    place: Place, libraries: str, library: str
) -> None:
    code = f"import sys, {library} as library\n"
    code += "for url in sys.argv[1:]: print(library.get(url, verify=False).text, end=str())"
    script = f'python3 -W ignore -c \'{code}\' "$1/hello" "$2/hello"'

    ran = place.run(script, libraries, host="localhost")
    refused = place.run(script, libraries, host="example.com")

    assert ran.outcome == (0, 2 * WORDS.encode(), b"")
    assert WORDS.encode() not in refused.stdout
    assert "refused localhost:" in refused.said


@pytest.mark.registry
def test_a_grpc_call_reaches_the_host_that_was_allowed(
    place: Place, libraries: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    packages = tmp_path_factory.mktemp("packages")
    install = (*PIP, "install", "--quiet", "--target", str(packages), "grpcio")
    subprocess.run(install, check=True)
    (place.sandbox.cwd / "call.py").write_text(GRPC_CALL)

    with peers.answering_calls(packages) as port:
        script = f"python3 call.py {port}"
        ran = place.run(script, libraries, host=f"localhost:{port}")
        refused = place.run(script, libraries, host=f"localhost:{place.port}")

    assert (ran.exit_code, ran.stdout) == (0, b"hello\n"), ran.said
    assert (refused.exit_code, refused.stdout) == (1, b"")
    assert f"refused localhost:{port}" in refused.said
