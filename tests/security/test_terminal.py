"""Names and hosts that a command chooses cannot write to the user's terminal as they like."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import runner
from runner import Sandbox
from tests.security.lab import python, shell

pytestmark = pytest.mark.engine

ROOT = Path(runner.__file__).parents[1]
MAIN = "from runner.cli.entry import main; main()"
NAMES = {
    "a title": "\x1b]0;planted\x07",
    "colours and a cleared screen": "\x1b[2J\x1b[31m",
    "a line of its own": "\nsandbox: all is well",
    "a carriage return": "\rsandbox: all is well",
    "a terminal command of eight bits": "\x9b2J",
    "text from right to left": "\u202elive",
    "an invisible character": "\u200b",
}
HOSTILE = {c for name in NAMES.values() for c in name if not c.isprintable()} - {"\n"}


def sandbox_run(workspace: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """`sandbox run -- COMMAND` in a folder."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, "run", "--", *command],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )


def is_ours(said: str) -> bool:
    """Whether every line is one that we began, and nothing in it steers a terminal."""
    lines = said.splitlines()
    begun = [line.startswith(("sandbox: ", "  ")) for line in lines]
    return bool(lines) and all(begun) and not HOSTILE & set(said)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_file_s_name_is_shown_escaped(tmp_path: Path, name: str) -> None:
    path = f".claude{name}"
    make = python(f"open({path!r}, 'w').close()")
    plain = tmp_path / "plain"
    plain.mkdir()
    subprocess.run(make, cwd=plain, check=True)
    listed = subprocess.run(["find", ".", "-type", "f"], cwd=plain, capture_output=True, check=True)
    assert listed.stdout == os.fsencode(f"./{path}\n")

    guarded = tmp_path / "guarded"
    guarded.mkdir()
    ran = sandbox_run(guarded, *make)

    assert (ran.returncode, ran.stdout) == (0, "")
    assert "is protected" in ran.stderr
    assert is_ours(ran.stderr)
    assert "sandbox: all is well" not in ran.stderr.splitlines()


CONNECT = """
import os, re, socket, base64
found = re.fullmatch("http://(.*)@(.*):(.*)", os.environ["http_proxy"])
client = socket.create_connection((found[2], int(found[3])), timeout=20)
proof = base64.b64encode(found[1].encode())
host = {host!r}.encode()
client.sendall(b"CONNECT " + host + b":443 HTTP/1.1\\r\\nHost: " + host + b":443\\r\\n"
               b"Proxy-Authorization: Basic " + proof + b"\\r\\n\\r\\n")
while client.recv(4096):
    pass
"""


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_host_s_name_is_shown_escaped(tmp_path: Path, name: str) -> None:
    ran = sandbox_run(tmp_path, *python(CONNECT.format(host=f"planted{name}.example")))

    assert (ran.returncode, ran.stdout) == (0, "")
    assert not HOSTILE & set(ran.stderr)
    assert "sandbox: all is well" not in ran.stderr.splitlines()


def test_an_ordinary_host_is_named(tmp_path: Path) -> None:
    """The twin: whoever reads it learns what was refused."""
    ran = sandbox_run(tmp_path, *python(CONNECT.format(host="planted.example")))

    assert "refused planted.example:443" in ran.stderr
    assert is_ours(ran.stderr)


def test_output_can_be_shown_escaped(box: Sandbox) -> None:
    result = box.run(shell("printf '\\033[2J\\n\\tx'"))

    assert (result.stdout, result.stdout.shown()) == (b"\x1b[2J\n\tx", "\\x1b[2J\n\tx")
