"""The proxy is open for admitted calls only, from entry to exit, and costs nothing until used."""

import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.egress.names import Address
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.errors import SandboxError
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served, echo


def test_a_dismissed_call_loses_its_connections_and_its_token(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.tunnel(server.authority, early=b"abc")
            client.exactly(3)
            (done,) = opened.done()
            assert client.rest() == b""
        assert (done.bytes_up, done.bytes_down) == (3, 3)
        with opened.client() as client:
            assert client.tunnel(server.authority).startswith(b"HTTP/1.1 407 ")
        assert opened.done() == ()


def test_a_name_server_that_never_answers_does_not_hold_up_the_end(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def never(_name: str) -> tuple[Address, ...]:
        asked.set()
        over.wait()
        raise OSError("too late")

    tmp_path.chmod(0o700)
    path = tmp_path / "s"
    rules = EgressRules.from_sources([("a.example", COMMAND_LINE)])
    with EgressProxy(path, rules, resolve=never) as proxy, Client(path, proxy.admit("c")) as client:
        client.request("CONNECT a.example:22", "a.example:22")
        assert asked.wait(20)
    over.set()


def test_a_dismissed_call_does_not_disturb_another(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        other = opened.proxy.admit("other")
        with Client(opened.path, other) as client:
            client.tunnel(server.authority)
            opened.done()
            client.socket.sendall(b"here")
            assert client.exactly(4) == b"here"


def test_a_request_under_way_is_noted_when_its_call_is_dismissed(open_proxy: Open) -> None:
    reached, release = threading.Event(), threading.Event()

    def hold(client: socket.socket) -> None:
        reached.set()
        release.wait(20)

    with Served(hold) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            assert reached.wait(20)
            (done,) = opened.done()
            release.set()
            assert client.rest() == b""
    assert (done.verdict, done.count) == ("allow", 1)


def test_leaving_closes_connections_removes_the_socket_and_ends_the_thread(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "s"
    before = threading.active_count()
    with EgressProxy(path, EgressRules()) as proxy:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        client = Client(path, proxy.admit("call"))
        client.tunnel("example.com:443")
        silent = Client(path, None)
    assert client.rest().endswith(b"example.com\n")
    assert silent.rest() == b""
    assert not path.exists()
    assert threading.active_count() == before
    for each in (client, silent):
        each.socket.close()


def test_a_proxy_can_be_left_before_anybody_came(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with EgressProxy(tmp_path / "s", EgressRules()) as proxy:
        proxy.admit("call")
        assert proxy.dismiss("call") == ()


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777, 0o701])
def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with (
        pytest.raises(SandboxError, match="open to others"),
        EgressProxy(tmp_path / "s", EgressRules()),
    ):
        pass


def test_a_path_that_is_taken_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "s"
    path.write_text("something else")
    with pytest.raises(SandboxError, match="cannot be made"), EgressProxy(path, EgressRules()):
        pass
    assert path.read_text() == "something else"


def test_one_proxy_does_not_take_the_token_of_another(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with (
        EgressProxy(tmp_path / "a", EgressRules()) as first,
        EgressProxy(tmp_path / "b", EgressRules()) as second,
    ):
        token = first.admit("call")
        second.admit("call")
        with Client(tmp_path / "b", token) as client:
            assert client.tunnel("example.com:443").startswith(b"HTTP/1.1 407 ")


def test_calls_may_be_admitted_and_dismissed_from_many_threads(open_proxy: Open) -> None:
    with Served(Recorded()) as server:
        opened = open_proxy("127.0.0.1")
        counts: list[int] = []

        def one_call(number: int) -> None:
            credentials = opened.proxy.admit(f"call-{number}")
            for _ in range(5):
                with Client(opened.path, credentials) as client:
                    client.request(f"GET http://{server.authority}/", server.authority)
                    client.until(b"hello")
            counts.append(sum(done.count for done in opened.proxy.dismiss(f"call-{number}")))

        threads = [threading.Thread(target=one_call, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [5] * 8


def test_nothing_expensive_is_loaded_before_the_first_connection(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    script = f"""
import sys
from pathlib import Path
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
rules = EgressRules.from_sources([("*.example.com", COMMAND_LINE), ("127.0.0.1", COMMAND_LINE)])
with EgressProxy(Path({str(tmp_path)!r}) / "s", rules) as proxy:
    proxy.admit("call")
    proxy.dismiss("call")
loaded = {{"asyncio", "h11", "idna", "ssl", "logging", "hashlib", "pydantic"}} & set(sys.modules)
sys.exit(str(loaded) if loaded else 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
