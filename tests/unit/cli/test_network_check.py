"""`sandbox network check` answers every question in its order, and never with a careless yes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner.cli.network import network
from runner.cli.network_check import LONGEST_LINE
from runner.errors import UsageError

GOOD = {"sandbox": {"network": {"allowedDomains": ["good.example"]}}}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to be in, and a home without settings."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return workspace


def write_user_settings(tmp_path: Path, settings: object) -> None:
    folder = tmp_path / "config" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps(settings))


def check(*arguments: str, stdin: bytes = b"") -> tuple[int, list[str]]:
    """The exit code, and what was printed."""
    ran = CliRunner().invoke(network, ["check", *arguments], input=stdin, standalone_mode=False)
    if ran.exception is not None:
        raise ran.exception
    assert isinstance(ran.return_value, int)
    return ran.return_value, ran.stdout.splitlines()


def batch(*lines: object) -> tuple[int, list[dict[str, object]]]:
    """Ask each line, bytes as they are, anything else as JSON."""
    stdin = b"".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines
    )
    code, answers = check("--batch", "--json", stdin=stdin)
    return code, [json.loads(answer) for answer in answers]


def test_all_allowed_ends_with_0_and_one_that_is_not_with_3(tmp_path: Path) -> None:
    write_user_settings(tmp_path, GOOD)
    assert check("good.example")[0] == 0
    assert check("good.example", "other.example")[0] == 3
    assert check("nonsense!")[0] == 3


def test_the_answer_reads_well_and_is_escaped(tmp_path: Path) -> None:
    write_user_settings(tmp_path, GOOD)
    _, (allowed, refused) = check("GOOD.example.", "a\x1b[2J")
    path = tmp_path / "config" / "sandbox" / "settings.json"
    assert allowed == f'allow  good.example:443: "good.example" allows it ({path}:1)'
    assert refused.startswith("deny   a\\x1b[2J: ")


def test_json_is_one_object_for_each_target(tmp_path: Path) -> None:
    write_user_settings(tmp_path, GOOD)
    _, lines = check("--json", "good.example:80", "[")
    answers = [json.loads(line) for line in lines]
    assert [sorted(answer) for answer in answers] == [["canonical", "decision", "reason"]] * 2
    assert [answer["canonical"] for answer in answers] == ["good.example:80", None]


def test_a_settings_file_may_be_added(tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text(json.dumps(GOOD))
    assert check("good.example")[0] == 3
    assert check("good.example", "--settings", str(tmp_path / "more.json"))[0] == 0


def test_the_repository_grants_nothing_here_either(here: Path) -> None:
    (here / ".sandbox").mkdir()
    (here / ".sandbox" / "settings.json").write_text(json.dumps(GOOD))
    assert check("good.example")[0] == 3


def test_settings_that_are_wrong_end_it(tmp_path: Path) -> None:
    write_user_settings(tmp_path, {"sandbox": {"netwrk": {}}})
    with pytest.raises(UsageError, match="unknown key"):
        check("good.example")


@pytest.mark.parametrize("arguments", [[], ["--json"], ["--batch", "good.example"]], ids=repr)
def test_either_targets_or_questions_are_needed(arguments: list[str]) -> None:
    with pytest.raises(UsageError):
        check(*arguments)


def test_a_line_is_judged_by_the_session_s_rules_or_by_its_own_and_by_those_alone(
    tmp_path: Path,
) -> None:
    write_user_settings(tmp_path, GOOD)
    own = {"sandbox": {"network": {"allowedDomains": ["own.example"], "strictAllowlist": True}}}
    code, answers = batch(
        {"target": "good.example"},
        {"target": "good.example", "settings": own},
        {"target": "https://own.example/x", "settings": own},
        {"target": "own.example"},
        {"target": "own.example", "settings": {}},
    )
    assert code == 0
    assert [(answer["decision"], answer["canonical"]) for answer in answers] == [
        ("allow", "good.example:443"),
        ("deny", "good.example:443"),
        ("allow", "own.example:443"),
        ("ask", "own.example:443"),
        ("ask", "own.example:443"),
    ]


def _allowing(domains: str) -> bytes:
    return b'{"sandbox": {"network": {"allowedDomains": %s}}}' % domains.encode()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"nope\n",
        b"{\n",
        b"[]\n",
        b'"good.example"\n',
        b"{}\n",
        b'{"target": 1}\n',
        b'{"target": null}\n',
        b'{"target": "good.example", "target": "x.example"}\n',
        b'{"target": "good.example", "setings": {}}\n',
        b'{"target": "good.example"} {"target": "x"}\n',
        b'{"target": "\xff"}\n',
        b"[" * 10_000 + b"\n",
        b'{"target": "good.example", "settings": null}\n',
        b'{"target": "good.example", "settings": []}\n',
        b'{"target": "good.example", "settings": ' + _allowing("null") + b"}\n",
        b'{"target": "good.example", "settings": ' + _allowing('["*"]') + b"}\n",
        b'{"target": "' + b"x" * LONGEST_LINE * 3 + b'"}\n',
    ],
    ids=lambda line: repr(line[:60]),
)
def test_a_line_that_asks_nothing_is_denied_with_an_error_and_the_others_are_answered(
    tmp_path: Path, line: bytes
) -> None:
    write_user_settings(tmp_path, GOOD)
    code, (before, wrong, after) = batch(
        {"target": "good.example"}, line, {"target": "good.example"}
    )
    assert code == 2
    assert before["decision"] == after["decision"] == "allow"
    assert (wrong["decision"], wrong["canonical"]) == ("deny", None)
    assert str(wrong["error"]).isprintable()
    assert "error" not in before


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    write_user_settings(tmp_path, GOOD)
    code, (answer,) = batch(b'{"target": "good.example"}')
    assert (code, answer["decision"]) == (0, "allow")


def test_importing_the_commands_loads_nothing_of_what_they_do() -> None:
    program = "import sys, runner.cli.network; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "runner.cli.network" in loaded
    assert not [name for name in loaded if name.startswith(("runner.egress", "runner.settings"))]
    assert loaded.isdisjoint({"pydantic", "asyncio", "runner.session", "runner.records"})
