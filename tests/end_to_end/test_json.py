"""`sandbox run --json`: one object that other programs rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.command import Completed, SandboxCommand

pytestmark = pytest.mark.engine

MIB = 1024 * 1024
NOTHING = {
    "exit_code": 0,
    "stdout": "",
    "stderr": "",
    "truncated": False,
    "timed_out": False,
    "oom_killed": False,
    "egress": [],
    "changed": [],
    "set_aside": [],
    "altered": [],
}


def told(ran: Completed) -> dict[str, Any]:
    """The one object on standard output, without what differs from call to call."""
    said: dict[str, Any] = json.loads(ran.stdout)
    assert ran.stdout.count(b"\n") == 1
    assert ran.exit_code == said["exit_code"]
    assert isinstance(said.pop("call_id"), str)
    assert said.pop("duration_ms") > 0
    return said


@pytest.mark.parametrize(
    ("options", "command", "expected"),
    [
        pytest.param([], "true", {}, id="silence"),
        pytest.param(
            [],
            "echo out; echo err >&2; exit 3",
            {"exit_code": 3, "stdout": "out\n", "stderr": "err\n"},
            id="output and a code",
        ),
        pytest.param([], r"printf 'a\377b'", {"stdout": "a\ufffdb"}, id="what is not UTF-8"),
        pytest.param([], r"printf 'a\0\33[2Jb'", {"stdout": "a\0\x1b[2Jb"}, id="control bytes"),
        pytest.param(
            ["--timeout", "0.3"],
            "echo begun; sleep 600",
            {"exit_code": 124, "stdout": "begun\n", "timed_out": True},
            id="time limit",
        ),
        pytest.param(
            ["--memory", "64m"],
            "tail /dev/zero 2>/dev/null",
            {"exit_code": 137, "oom_killed": True},
            id="memory limit",
        ),
    ],
)
def test_the_object_says_how_the_command_ended(
    sandbox: SandboxCommand, options: list[str], command: str, expected: dict[str, Any]
) -> None:
    ran = sandbox("run", "--json", *options, "--", "sh", "-c", command)

    assert told(ran) == {**NOTHING, **expected}


def test_changed_files_are_listed_and_others_are_not(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    for name in ("edited", "removed", "same", "touched twice"):
        (workspace / name).write_text(name)
    command = """
        echo more >>edited; rm removed; cat same; mkdir -p new/folder; echo >new/folder/file
        ln -s same link; echo a >gone; rm gone; echo x >'touched twice'; echo >"$(printf 'a\\nb')"
    """

    said = told(sandbox("run", "--json", "--", "sh", "-c", command))

    changed = ["a\nb", "edited", "link", "new/folder/file", "removed", "touched twice"]
    said["changed"].sort()
    assert said == {**NOTHING, "stdout": "same", "changed": changed}


def test_a_refused_host_is_listed(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--json", "--", "curl", "-so", "/dev/null", "http://example.com/")

    refused = {"host": "example.com", "port": 80, "verdict": "deny", "rule": ""}
    assert told(ran) == {**NOTHING, "egress": [refused]}


def test_output_above_the_limit_keeps_both_ends_and_says_what_is_missing(
    sandbox: SandboxCommand,
) -> None:
    command = "printf first; head -c 12582900 /dev/zero | tr '\\0' x; printf last"

    said = told(sandbox("run", "--json", "--", "sh", "-c", command))

    marker = f"\n[... {12_582_909 - 10 * MIB} bytes left out ...]\n"
    half = 5 * MIB
    expected = "first" + "x" * (half - 5) + marker + "x" * (half - 4) + "last"
    assert (said["stdout"] == expected, said["truncated"]) == (True, True)


def test_output_of_exactly_the_limit_is_whole(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--json", "--", "head", "-c", str(10 * MIB), "/dev/zero")

    assert told(ran) == {**NOTHING, "stdout": "\0" * (10 * MIB)}


def test_input_reaches_the_command(sandbox: SandboxCommand) -> None:
    assert told(sandbox("run", "--json", "--", "cat", input=b"in")) == {**NOTHING, "stdout": "in"}
