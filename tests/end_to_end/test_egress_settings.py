"""Settings files allow and deny hosts; those of a repository only deny."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.web import got

pytestmark = pytest.mark.engine


def network(**lists: list[str]) -> str:
    """A settings file."""
    return json.dumps({"sandbox": {"network": lists}})


@pytest.mark.parametrize("where", ["named", "user"])
def test_a_settings_file_allows_and_denies(
    sandbox: SandboxCommand, home: Path, port: int, where: str
) -> None:
    options = ["--settings", str(home / "named.json")] if where == "named" else []
    file = home / ("named.json" if where == "named" else ".config/sandbox/settings.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    url, rule = f"http://localhost:{port}/", f"localhost:{port}"

    file.write_text(network(allowedDomains=[rule]))
    allowed = got(sandbox, url, *options)
    file.write_text(network(allowedDomains=[rule], deniedDomains=["localhost"]))
    denied = got(sandbox, url, *options)
    file.write_text(network())
    neither = got(sandbox, url, *options)

    assert allowed.outcome == (0, b"hello\n", b"")
    assert (denied.exit_code, b"hello" in denied.stdout) == (0, False)
    assert "refused localhost:" in denied.said
    assert '"localhost" denies it' in denied.said
    assert "no rule allows it" in neither.said


def test_a_denied_domain_wins_over_the_command_line(
    sandbox: SandboxCommand, home: Path, port: int
) -> None:
    (home / "named.json").write_text(network(deniedDomains=["*"]))
    options = ["--allow-domain", "localhost", "--settings", str(home / "named.json")]

    ran = got(sandbox, f"http://localhost:{port}/", *options)

    assert b"hello" not in ran.stdout
    assert '"*" denies it' in ran.said


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_a_repository_cannot_allow_itself_a_host_but_deny(
    sandbox: SandboxCommand, workspace: Path, port: int, name: str
) -> None:
    file = workspace / ".sandbox" / name
    file.parent.mkdir()
    url = f"http://localhost:{port}/"

    file.write_text(network(allowedDomains=["localhost"]))
    own_rule = got(sandbox, url)
    file.write_text(network(deniedDomains=["localhost"]))
    own_denial = got(sandbox, url, "--allow-domain", "localhost")

    assert b"hello" not in own_rule.stdout + own_denial.stdout
    assert f"1 allowed domain in .sandbox/{name} is not in effect" in own_rule.said
    assert '"localhost" denies it' in own_denial.said
