"""The proxy opens to the credentials of a call that is running, and to nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner import Limits, Sandbox
from tests.security.lab import Attempt, eventually, in_cell, python, shell
from tests.security.web import serving

pytestmark = pytest.mark.engine

FETCH = """
import base64, os, re, socket, sys
found = re.fullmatch("http://(.*)@(.*):(.*)", {proxy})
client = socket.create_connection((found[2], int(found[3])), timeout=20)
proof = base64.b64encode(found[1].encode()).decode()
header = f"Proxy-Authorization: Basic {{proof}}\\r\\n" if found[1] else ""
client.sendall(f"GET http://{authority}/ HTTP/1.1\\r\\nHost: {authority}\\r\\n{{header}}"
               "Connection: close\\r\\n\\r\\n".encode())
answer = b""
while data := client.recv(4096):
    answer += data
print(answer.split()[1].decode())
"""
MINE = "os.environ['http_proxy']"
OPENED = Attempt(succeeded=True, said="200\n")
UNKNOWN = Attempt(succeeded=True, said="407\n")
FORBIDDEN = Attempt(succeeded=True, said="403\n")


def fetch(authority: str, proxy: str = MINE) -> list[str]:
    """A request that says the number of the answer."""
    return python(FETCH.format(authority=authority, proxy=proxy))


FORGERIES: dict[str, Callable[[str], str]] = {
    "none": lambda _: "'http://@127.0.0.1:3128'",
    "an invented token": lambda _: f"re.sub(':[^:]*@', ':{'A' * 43}@', {MINE})",
    "an empty token": lambda _: f"re.sub(':[^:]*@', ':@', {MINE})",
    "another call's id": lambda _: f"re.sub('-[0-9]+:', '-999:', {MINE})",
    "those of a call that ended": repr,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_only_a_running_call_s_own_credentials_open_the_proxy(
    tmp_path: Path, forge: Callable[[str], str]
) -> None:
    with serving() as authority, Sandbox(tmp_path, allowed_domains=[authority]) as box:
        old = box.run(shell("echo -n $http_proxy")).stdout.text()

        assert in_cell(box, fetch(authority)) == OPENED
        assert in_cell(box, fetch(authority, forge(old))) == UNKNOWN


def test_another_session_s_credentials_open_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with (
        serving() as authority,
        Sandbox(tmp_path / "one", allowed_domains=[authority], pool_size=0) as one,
        Sandbox(tmp_path / "two", pool_size=0) as two,
        ThreadPoolExecutor(1) as pool,
    ):
        script = "echo -n $http_proxy >proxy.new; mv proxy.new proxy; "
        running = pool.submit(one.run, shell(f"{script} while [ ! -e end ]; do sleep 0.05; done"))
        assert eventually((tmp_path / "one/proxy").exists)
        stolen = (tmp_path / "one/proxy").read_text()
        attack = fetch(authority, repr(stolen))

        # They are good for something: within their own session, while their call runs.
        assert in_cell(one, attack) == OPENED
        assert in_cell(two, attack) == UNKNOWN
        (tmp_path / "one/end").touch()
        running.result()


def test_a_host_that_nobody_allowed_is_refused(tmp_path: Path) -> None:
    with serving() as authority:
        with Sandbox(tmp_path, allowed_domains=[authority], pool_size=0) as open_box:
            assert in_cell(open_box, fetch(authority)) == OPENED
        with Sandbox(tmp_path, pool_size=0) as box:
            result = box.run(fetch(authority))

    assert result.stdout.text() == FORBIDDEN.said
    assert [(e.host, e.port, e.verdict) for e in result.summary.egress] == [
        (authority.partition(":")[0], int(authority.partition(":")[2]), "deny")
    ]


FLOOD = """
import os, socket, time
open("begun", "w").close()
held = []
try:
    while len(held) < 4000:
        held.append(socket.create_connection(("127.0.0.1", 3128), timeout=2))
except OSError:
    pass
taken = socket.socket()
taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    taken.bind(("127.0.0.1", int(os.environ["PORT"])))
    taken.listen()
    print("done")
except OSError:
    raise SystemExit(1)
"""


def test_the_proxy_s_place_cannot_be_taken(tmp_path: Path) -> None:
    """A command that wore the relay down could take its port, and the credentials of others."""
    limits = Limits(memory_mib=512)
    with (
        serving() as authority,
        Sandbox(tmp_path, limits=limits, allowed_domains=[authority], pool_size=0) as box,
    ):
        free = box.run(python(FLOOD), environment={"PORT": "3129"}, timeout_seconds=120)
        taken = box.run(python(FLOOD), environment={"PORT": "3128"}, timeout_seconds=120)

        assert (free.exit_code, free.stdout.text()) == (0, "done\n")
        assert (taken.exit_code, taken.stdout.text()) == (1, "")
        assert in_cell(box, fetch(authority)) == OPENED
