"""The way out, from the command line: nothing unless it was allowed, and the user learns of it."""

import json

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.web import got

pytestmark = pytest.mark.engine


def test_a_refused_host_is_explained_to_the_command_and_to_the_user(
    sandbox: SandboxCommand,
) -> None:
    ran = got(sandbox, "http://example.com/")

    body = "sandbox: example.com:80 is not allowed. "
    body += "To allow it: sandbox run --allow-domain example.com\n"
    assert (ran.exit_code, ran.stdout.decode()) == (0, body)
    assert ran.said == (
        "sandbox: refused example.com:80: no rule allows it. "
        "To allow it: sandbox run --allow-domain example.com"
    )
    assert all(len(line) <= 80 for line in ran.stderr.decode().splitlines())


def test_a_refused_tunnel_fails_and_is_explained_to_the_user(sandbox: SandboxCommand) -> None:
    ran = sandbox("run", "--", "sh", "-c", "curl -s https://example.com/; echo $?")

    assert (ran.exit_code, ran.stdout) == (0, b"56\n")
    assert ran.said.startswith("sandbox: refused example.com:443: no rule allows it.")


def test_the_remedy_that_is_shown_works(sandbox: SandboxCommand, port: int) -> None:
    refused = got(sandbox, f"http://localhost:{port}/")
    *_, option, host = refused.said.split()

    ran = got(sandbox, f"http://localhost:{port}/", option, host)

    assert (option, ran.outcome) == ("--allow-domain", (0, b"hello\n", b""))


ALLOWED = [
    pytest.param("localhost:{port}", "localhost", id="the name with its port"),
    pytest.param("localhost", "localhost", id="the name"),
    pytest.param("LOCALHOST.:{port}", "localhost", id="the name in another spelling"),
    pytest.param("127.0.0.1:{port}", "127.0.0.1", id="the address with its port"),
    pytest.param("127.0.0.1", "127.0.0.1", id="the address"),
]
REFUSED = [
    pytest.param("localhost:1", "localhost", id="another port"),
    pytest.param("example.com", "localhost", id="another name"),
    pytest.param("*.localhost.example", "localhost", id="names below another"),
    pytest.param("localhost", "127.0.0.1", id="the name, asked for the address"),
    pytest.param("127.0.0.1", "localhost", id="the address, asked for the name"),
    pytest.param("localhost", "127.1", id="a short form of the address"),
    pytest.param("localhost", "[::1]", id="the address of IPv6"),
    pytest.param("localhost", "localhost.localdomain", id="a longer name"),
]


@pytest.mark.parametrize(("rule", "host"), ALLOWED)
def test_an_allowed_host_is_reached(
    sandbox: SandboxCommand, port: int, rule: str, host: str
) -> None:
    option = f"--allow-domain={rule.format(port=port)}"

    assert got(sandbox, f"http://{host}:{port}/", option).outcome == (0, b"hello\n", b"")


@pytest.mark.parametrize(("rule", "host"), REFUSED)
def test_a_host_that_the_rule_does_not_name_is_refused(
    sandbox: SandboxCommand, port: int, rule: str, host: str
) -> None:
    ran = got(sandbox, f"http://{host}:{port}/", f"--allow-domain={rule}")

    assert b"hello" not in ran.stdout
    assert "refused " in ran.said


def test_the_json_report_says_which_rule_allowed_what(sandbox: SandboxCommand, port: int) -> None:
    rule = f"localhost:{port}"

    ran = got(sandbox, f"http://localhost:{port}/", "--json", "--allow-domain", rule)

    report = json.loads(ran.stdout)
    allowed = {"host": "localhost", "port": port, "verdict": "allow", "rule": rule}
    assert (report["stdout"], report["egress"], ran.stderr) == ("hello\n", [allowed], b"")


@pytest.mark.parametrize(
    ("script", "options"),
    [
        pytest.param("curl -s --noproxy '*' http://127.0.0.1:{port}/", [], id="no proxy"),
        pytest.param("env -i curl -s http://localhost:{port}/", [], id="no variables"),
        pytest.param(
            "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}))'",
            [],
            id="a socket of its own",
        ),
        pytest.param(
            "env -i curl -s -x http://127.0.0.1:3128 http://localhost:{port}/ | grep hello",
            [],
            id="the proxy without credentials",
        ),
        pytest.param(
            "getent hosts example.com", ["--allow-domain", "example.com"], id="names by itself"
        ),
    ],
)
def test_there_is_no_way_but_through_the_proxy(
    sandbox: SandboxCommand, port: int, script: str, options: list[str]
) -> None:
    options = [*options, f"--allow-domain=localhost:{port}"]

    ran = sandbox("run", *options, "--", "sh", "-c", script.replace("{port}", str(port)))

    assert (ran.exit_code != 0, ran.stdout) == (True, b"")
    assert got(sandbox, f"http://localhost:{port}/", *options).stdout == b"hello\n"
