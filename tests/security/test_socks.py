"""SOCKS is no second way out: the same credentials, the same rules, tunnels and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import Attempt, in_cell, python, shell
from tests.security.test_proxy import FORGERIES, MINE
from tests.security.web import serving

pytestmark = pytest.mark.engine

CURL = """
import os, re
proxy = {proxy}.replace("http://", "socks5h://")
os.execlp("curl", "curl", "-s", "-o", "/tmp/answer", "-w", "%{{http_code}}\\n", "--noproxy", "",
          "--proxy", proxy, "http://{authority}/")
"""
OPENED = Attempt(succeeded=True, said="200\n")
CLOSED = Attempt(succeeded=False, said="000\n")

# The answer to a request with another command than CONNECT, for a host that is allowed.
ASK = """
import os, socket, sys
from urllib.parse import urlsplit
proxy = urlsplit(os.environ["SANDBOX_SOCKS_PROXY"])
user, password = proxy.username.encode(), proxy.password.encode()
client = socket.create_connection((proxy.hostname, proxy.port), timeout=20)
client.sendall(b"\\5\\1\\2\\1%c%b%c%b" % (len(user), user, len(password), password))
client.sendall(b"\\5{command}\\0\\1" + socket.inet_aton("{host}") + ({port}).to_bytes(2, "big"))
answer = client.makefile("rb").read(4 + 10)
print(answer[5])
"""


def fetch(authority: str, proxy: str = MINE) -> list[str]:
    """A request through SOCKS that says the number of the answer."""
    return python(CURL.format(authority=authority, proxy=proxy))


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_only_a_running_call_s_own_credentials_open_socks(
    tmp_path: Path, forge: Callable[[str], str]
) -> None:
    with serving() as authority, Sandbox(tmp_path, allowed_domains=[authority]) as box:
        old = box.run(shell("echo -n $http_proxy")).stdout.text()

        assert in_cell(box, fetch(authority)) == OPENED
        assert in_cell(box, fetch(authority, forge(old))) == CLOSED


def test_a_host_that_nobody_allowed_is_refused_by_socks(tmp_path: Path) -> None:
    with serving() as authority:
        with Sandbox(tmp_path, allowed_domains=[authority], pool_size=0) as open_box:
            assert in_cell(open_box, fetch(authority)) == OPENED
        with Sandbox(tmp_path, pool_size=0) as box:
            result = box.run(fetch(authority))

    host, _, port = authority.partition(":")
    assert result.stdout.text() == CLOSED.said
    assert [(e.host, e.port, e.verdict) for e in result.summary.egress] == [
        (host, int(port), "deny")
    ]


def test_socks_listens_for_nobody_and_sends_no_datagrams(tmp_path: Path) -> None:
    with serving() as authority, Sandbox(tmp_path, allowed_domains=[authority]) as box:
        host, _, port = authority.partition(":")

        def asked(command: str) -> Attempt:
            return in_cell(box, python(ASK.format(command=command, host=host, port=port)))

        answers = [asked(command) for command in ("\\1", "\\2", "\\3")]

    said = ["0\n", "7\n", "7\n"]  # RFC 1928 6: succeeded; command not supported, twice
    assert answers == [Attempt(succeeded=True, said=text) for text in said]
