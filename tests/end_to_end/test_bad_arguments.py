"""Wrong arguments: one clear error that says what to do, code 125, and nothing was started."""

from pathlib import Path

import pytest

from runner.errors import CommandRefused
from runner.session import Sandbox
from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.refusals import TOUCH, assert_refused

pytestmark = pytest.mark.engine

TABLE = [
    pytest.param(["--no-such-flag", *TOUCH], ["--no-such-flag", "--help"], id="unknown flag"),
    pytest.param(["--volume", "/:/host", *TOUCH], ["--volume"], id="a flag of docker"),
    pytest.param(["--privileged", *TOUCH], ["--privileged"], id="another flag of docker"),
    pytest.param(["--memory"], ["--memory"], id="flag without value"),
    pytest.param(["--memory", "lots", *TOUCH], ["lots", "512m or 4g"], id="memory: a word"),
    pytest.param(["--memory", "-1m", *TOUCH], ["-1m", "512m or 4g"], id="memory: negative"),
    pytest.param(["--memory", "1m", *TOUCH], ["too little", "16m"], id="memory: too little"),
    pytest.param(["--cpus", "0", *TOUCH], ["--cpus"], id="cpus: none"),
    pytest.param(["--cpus", "nan", *TOUCH], ["--cpus"], id="cpus: not a number"),
    pytest.param(["--cpus", "inf", *TOUCH], ["--cpus"], id="cpus: infinite"),
    pytest.param(["--pids", "0", *TOUCH], ["--pids"], id="pids: none"),
    pytest.param(["--pids", "-1", *TOUCH], ["--pids"], id="pids: no limit, in docker's words"),
    pytest.param(["--timeout", "0", *TOUCH], ["--timeout"], id="timeout: none"),
    pytest.param(["--timeout", "soon", *TOUCH], ["--timeout", "soon"], id="timeout: a word"),
    pytest.param(["--timeout", "nan", *TOUCH], ["--timeout"], id="timeout: not a number"),
    pytest.param(["--env", "NOVALUE", *TOUCH], ["NOVALUE", "--env NOVALUE=VALUE"], id="env"),
    pytest.param(["--env", "A-B=1", *TOUCH], ["A-B", "NAME=VALUE"], id="env: no name"),
    pytest.param(["--env", "=1", *TOUCH], ["NAME=VALUE"], id="env: empty name"),
    pytest.param(["--allow-domain", "*", *TOUCH], ['"*"', "example.com"], id="every host"),
    pytest.param(["--allow-domain", "*.com", *TOUCH], ['"*.com"'], id="a top level"),
    pytest.param(["--allow-domain", "", *TOUCH], ["example.com"], id="no host"),
    pytest.param(["--allow-domain", "https://a.example/", *TOUCH], ["example.com"], id="a URL"),
    pytest.param(["--allow-domain", "a.example:http", *TOUCH], ["a.example:http"], id="port"),
    pytest.param(
        ["--image", "no-such-image:1", *TOUCH],
        ["no-such-image:1", "docker pull no-such-image:1"],
        id="image that is not there",
    ),
    pytest.param(["--image", "UPPER CASE", *TOUCH], ["UPPER CASE"], id="image: no name"),
    pytest.param(["--image", "../../info", *TOUCH], ["../../info"], id="image: a path"),
    pytest.param(["--image", "", *TOUCH], ["image"], id="image: empty"),
    pytest.param([], ["CMD"], id="no command"),
    pytest.param(["--"], ["CMD"], id="no command after the dashes"),
    pytest.param(["--", ""], ["no command", "sandbox run -- COMMAND"], id="empty command"),
    pytest.param(["--", "-c", "x"], ["looks like an option"], id="an option for a command"),
    pytest.param(["-t", *TOUCH], ["terminal", "Leave -t out"], id="-t without a terminal"),
    pytest.param(["-it", *TOUCH], ["terminal", "Leave -t out"], id="-it without a terminal"),
]


@pytest.mark.parametrize(("arguments", "texts"), TABLE)
def test_wrong_arguments_are_refused(
    sandbox: SandboxCommand, workspace: Path, arguments: list[str], texts: list[str]
) -> None:
    assert_refused(sandbox("run", *arguments), workspace, *texts)


RIGHT = [
    pytest.param(["--memory", "512m"], id="memory"),
    pytest.param(["--memory", "1.5G"], id="memory: a fraction"),
    pytest.param(["--cpus", "0.5", "--pids", "64", "--timeout", "60"], id="other limits"),
    pytest.param(["--env", "A_B1="], id="env"),
    pytest.param(["--allow-domain", "*.example.com"], id="names below a host"),
    pytest.param(["--allow-domain", "a.example:8080"], id="a port"),
    pytest.param(["--image", "sandbox-devcontainer"], id="image without a tag"),
    pytest.param(["-i"], id="-i without a terminal"),
]


@pytest.mark.parametrize("options", RIGHT)
def test_right_arguments_pass(sandbox: SandboxCommand, workspace: Path, options: list[str]) -> None:
    assert sandbox("run", *options, *TOUCH).outcome == (0, b"", b"")
    assert (workspace / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["no-such-command"], 2, id="unknown command"),
        pytest.param(["gc", "--no-such-flag"], 2, id="unknown flag of gc"),
        pytest.param(["--no-such-flag"], 2, id="unknown flag of sandbox"),
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["run", "--help"], 0, id="help of run"),
        pytest.param(["--version"], 0, id="version"),
    ],
)
def test_wrong_usage_elsewhere_ends_with_2(
    sandbox: SandboxCommand, arguments: list[str], code: int
) -> None:
    ran = sandbox(*arguments)

    assert (ran.exit_code, bool(ran.stderr)) == (code, code != 0)
    assert all(len(line) <= 80 for line in ran.stderr.decode().splitlines())


@pytest.mark.parametrize(
    "word",
    [pytest.param("a\0b", id="text"), pytest.param(b"a\0b", id="bytes")],
)
def test_a_nul_byte_in_the_command_is_refused(workspace: Path, word: str | bytes) -> None:
    with Sandbox(workspace, pool_size=0) as box:
        with pytest.raises(CommandRefused, match="NUL"):
            box.run(["touch", word])
        with pytest.raises(CommandRefused, match="NUL"):
            box.run(["touch", "ran"], environment={"A": "a\0b"})
        assert box.run(["echo", "fine"]).stdout == b"fine\n"
    assert list(workspace.iterdir()) == []


@pytest.mark.parametrize("count", [2, 200, 20_000])
def test_128_kib_of_arguments_are_refused_and_a_little_less_pass(
    sandbox: SandboxCommand, workspace: Path, count: int
) -> None:
    size = 128 * 1024 // count

    too_much = sandbox("run", "--", "touch", "ran", *["x" * size] * count)
    enough = sandbox("run", "--", "printf", "%s", *["x" * (size - 2)] * max(1, count - 10))

    assert_refused(too_much, workspace, "131,072", "file in the workspace")
    assert enough.outcome == (0, b"x" * ((size - 2) * max(1, count - 10)), b"")
