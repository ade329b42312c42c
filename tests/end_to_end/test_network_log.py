"""What a run contacted is in the log afterwards, and bounds on bytes are kept."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.web import got

pytestmark = pytest.mark.engine


def logged(sandbox: SandboxCommand, *options: str) -> list[dict[str, object]]:
    lines = sandbox("network", "log", "--json", *options).stdout.splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(autouse=True)
def state(sandbox: SandboxCommand, home: Path) -> None:
    """The log is in this test's home, whatever the environment says."""
    sandbox.environment["XDG_STATE_HOME"] = str(home / "state")


def test_a_run_leaves_a_line_for_what_was_allowed_and_one_for_what_was_not(
    sandbox: SandboxCommand, port: int
) -> None:
    url = f"http://localhost:{port}/"
    assert got(sandbox, url, "--allow-domain", "localhost").stdout == b"hello\n"
    got(sandbox, url)

    allowed, denied = logged(sandbox)
    keys = ["host", "port", "address", "verdict", "rule", "source"]
    assert [allowed[key] for key in keys] == [
        "localhost", port, "127.0.0.1", "allow", "localhost", "command line",
    ]  # fmt: skip
    assert [denied[key] for key in keys] == ["localhost", port, None, "deny", "", ""]
    assert url in str(allowed["command"])
    assert allowed["session"] != denied["session"]
    assert logged(sandbox, "--call", str(denied["call_id"])) == [denied]
    assert logged(sandbox, "--denied") == [denied]


def test_a_run_that_contacts_nobody_leaves_no_log(sandbox: SandboxCommand, home: Path) -> None:
    assert sandbox("run", "--", "true").exit_code == 0
    assert not (home / "state").exists()


def test_a_log_that_cannot_be_written_is_said_and_breaks_nothing(
    sandbox: SandboxCommand, home: Path, port: int
) -> None:
    (home / "state").write_text("in the way")
    ran = got(sandbox, f"http://localhost:{port}/", "--allow-domain", "localhost")
    assert (ran.exit_code, ran.stdout) == (0, b"hello\n")
    assert "the network log in" in ran.said
    assert ran.said.count("cannot be written") == 1


@pytest.mark.parametrize(("most", "passes"), [("10k", True), ("100", False)])
def test_a_repository_may_bound_what_is_moved(
    sandbox: SandboxCommand, workspace: Path, port: int, most: str, passes: bool
) -> None:
    file = workspace / ".sandbox" / "settings.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"sandbox": {"network": {"maxBytesPerSession": most}}}))
    ran = got(sandbox, f"http://localhost:{port}/", "--allow-domain", "localhost")
    assert (b"hello" in ran.stdout) is passes
    assert ("maxBytesPerSession: 100" in ran.said) is not passes
