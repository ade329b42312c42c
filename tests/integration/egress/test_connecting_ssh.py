"""What ssh's ProxyCommand in the image does: bytes through a tunnel, or one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Recorded, Served, echo, relayed

ROOT = Path(__file__).parents[3]
CONNECT = (sys.executable, "-IS", str(ROOT / "images/devcontainer/sandbox-connect"))
MEGABYTE = 1024 * 1024


def connected(
    *target: str, proxy: str | None, given: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    """The script with this proxy in its environment."""
    environment = {} if proxy is None else {"HTTPS_PROXY": proxy}
    return subprocess.run(
        [*CONNECT, *target],
        env=environment,
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_bytes_go_both_ways_through_a_tunnel(open_proxy: Open, address: str) -> None:
    given = os.urandom(MEGABYTE)
    with Served(echo, address) as server:
        opened = open_proxy(server.authority)
        with relayed(opened.path) as port:
            proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
            ran = connected(address, str(server.port), proxy=proxy, given=given)
        (done,) = opened.done()
    assert (ran.returncode, ran.stdout == given, ran.stderr) == (0, True, b"")
    assert (done.bytes_up, done.bytes_down) == (MEGABYTE, MEGABYTE)


def test_what_the_server_says_first_is_passed_on(open_proxy: Open) -> None:
    with Served(Recorded(b"SSH-2.0-test\r\n")) as server:
        opened = open_proxy("127.0.0.1")
        with relayed(opened.path) as port:
            proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
            ran = connected("127.0.0.1", str(server.port), proxy=proxy)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"SSH-2.0-test\r\n", b"")


def test_a_refusal_says_what_would_allow_the_host(open_proxy: Open) -> None:
    opened = open_proxy()
    with relayed(opened.path) as port:
        proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
        ran = connected("git.example.com", "22", proxy=proxy)
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert ran.stderr == (
        b"sandbox: git.example.com:22 is not allowed. "
        b"To allow it: sandbox run --allow-domain git.example.com\n"
    )


@pytest.mark.parametrize("proxy", [None, "", "127.0.0.1:3128", "socks5h://127.0.0.1:3128"])
def test_without_a_proxy_there_is_one_clear_line(proxy: str | None) -> None:
    ran = connected("git.example.com", "22", proxy=proxy)

    line = b"sandbox-connect: HTTPS_PROXY names no proxy, and there is no other way out\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"", line)


def test_a_proxy_that_is_gone_is_one_clear_line() -> None:
    ran = connected("git.example.com", "22", proxy="http://a:b@127.0.0.1:1")

    assert (ran.returncode, ran.stdout, ran.stderr.count(b"\n")) == (1, b"", 1)
    assert ran.stderr.startswith(b"sandbox-connect: the connection broke: ")


def test_credentials_are_not_on_the_command_line(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        token = opened.credentials.partition(":")[2].encode()
        with relayed(opened.path) as port:
            proxy = f"http://{opened.credentials}@127.0.0.1:{port}"
            process = subprocess.Popen(
                [*CONNECT, "127.0.0.1", str(server.port)],
                env={"HTTPS_PROXY": proxy},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            with process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(b"x")
                process.stdin.flush()
                assert process.stdout.read(1) == b"x"
                folder = Path("/proc") / str(process.pid)
                # The control: what the token looks like where it is.
                assert token in (folder / "environ").read_bytes()
                assert token not in (folder / "cmdline").read_bytes()
                process.stdin.close()
