"""Questions are answered by the user: nothing in a cell gets at the place where that happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import Sandbox
from runner.approval.counter import NAME
from runner.sandbox.session_folder import folders
from tests.security.lab import DONE, REFUSED, in_cell, python, running_unhardened, shell

pytestmark = pytest.mark.engine

LIST = """
import socket
client = socket.socket(socket.AF_UNIX)
client.connect({path!r})
client.sendall(b'{{"do": "list"}}\\n')
assert b"questions" in client.recv(65536)
print("done")
"""


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Sandbox]:
    """A session that asks."""
    with Sandbox(tmp_path, pool_size=0, asks=True) as opened:
        yield opened


def test_no_cell_reaches_the_place_where_answers_are_given(asking: Sandbox) -> None:
    [counter] = [folder / NAME for folder in folders({}) if (folder / NAME).exists()]
    attack = python(LIST.format(path=str(counter)))
    mounted = f"--volume={counter.parent}:{counter.parent}"

    with running_unhardened("--network=none", mounted) as container:
        assert container.attempt(attack) == DONE
    assert in_cell(asking, attack) == REFUSED


def test_there_is_no_socket_in_a_cell_but_those_of_the_workspace(
    asking: Sandbox, tmp_path: Path
) -> None:
    sockets = shell("find / /run /tmp /dev -xdev -type s 2>&- || :; echo done")
    with running_unhardened("--network=none", f"--volume={tmp_path}:/w") as container:
        made = python("import socket; socket.socket(socket.AF_UNIX).bind('/run/s')")
        assert container.attempt(made).succeeded
        assert container.attempt(sockets) != DONE

    assert in_cell(asking, sockets) == DONE
