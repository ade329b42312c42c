"""`sandbox network log` fits a terminal, and nothing in the file steers it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner.cli.network import network

ALLOWED = {
    "time": "2026-01-02T03:04:05.678Z",
    "session": "ab12cd34",
    "call_id": "ab12cd34-1",
    "command": "pip install thing",
    "host": "files.example.com",
    "port": 443,
    "address": "192.88.98.1",
    "verdict": "allow",
    "rule": "*.example.com",
    "source": "command line",
    "reason": "allowed by command line",
    "bytes_up": 999,
    "bytes_down": 1_234_567,
    "duration_ms": 12.5,
}
DENIED = {
    **ALLOWED,
    "call_id": "ab12cd34-2",
    "host": "a.example",
    "address": None,
    "verdict": "deny",
    "rule": "",
    "source": "",
    "reason": "no rule allows it",
    "bytes_up": 0,
    "bytes_down": 0,
}


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "sandbox").mkdir()
    return tmp_path / "sandbox" / "network.jsonl"


def write(file: Path, *lines: object) -> None:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def log(*arguments: str) -> list[str]:
    ran = CliRunner().invoke(network, ["log", *arguments], standalone_mode=False)
    assert (ran.exception, ran.return_value) == (None, 0)
    return ran.stdout.splitlines()


def test_the_table_says_what_happened_and_why_not(file: Path) -> None:
    write(file, ALLOWED, DENIED)
    assert log() == [
        "TIME (UTC)      VERDICT      UP    DOWN  CALL          HOST",
        "01-02 03:04:05  allow       999    1.2M  ab12cd34-1    files.example.com:443",
        "    pip install thing",
        "01-02 03:04:05  deny          0       0  ab12cd34-2    a.example:443",
        "    pip install thing",
        "    no rule allows it",
    ]


@pytest.mark.parametrize("command", ["check", "log"])
def test_help_fits_80_columns(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = CliRunner().invoke(network, [command, "--help"])
    assert ran.exit_code == 0
    assert [line for line in ran.stdout.splitlines() if len(line) > 80] == []


def test_json_prints_the_lines(file: Path) -> None:
    write(file, ALLOWED, DENIED)
    assert [json.loads(line) for line in log("--json")] == [ALLOWED, DENIED]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--call", "ab12cd34-1"], [ALLOWED]),
        (["--host", "A.Example."], [DENIED]),
        (["--denied"], [DENIED]),
        (["--limit", "1"], [DENIED]),
        (["--call", "x"], []),
    ],
    ids=repr,
)
def test_lines_can_be_picked(
    file: Path, arguments: list[str], found: list[dict[str, object]]
) -> None:
    write(file, ALLOWED, DENIED)
    assert [json.loads(line) for line in log("--json", *arguments)] == found


def test_an_empty_log_is_said_and_prints_nothing(file: Path) -> None:
    assert log() == []
    assert log("--json") == []


@pytest.mark.parametrize(
    "text", ["\x1b[2J" * 200, "\u202e", "x" * 1000, "a\nb", "\\x1b[2J"], ids=ascii
)
@pytest.mark.parametrize("key", ["time", "call_id", "command", "host", "verdict", "reason"])
def test_no_text_of_the_file_steers_the_terminal_or_leaves_its_80_columns(
    file: Path, key: str, text: str
) -> None:
    write(file, {**DENIED, key: text})
    for line in log():
        assert len(line) <= 80
        assert line.isascii()
        assert line.isprintable()


@pytest.mark.parametrize("value", [None, -1, "x", [], {}, 1e300, 10**30, True], ids=repr)
def test_a_value_of_another_kind_breaks_nothing(file: Path, value: object) -> None:
    for key in DENIED:
        write(file, {**DENIED, key: value})
        assert all(len(line) <= 80 for line in log())


def test_quotes_and_backslashes_of_a_command_stay_as_they_are(file: Path) -> None:
    command = """python3 -c 'print("a\\n")'"""
    write(file, {**ALLOWED, "command": command})
    assert log()[2] == f"    {command}"


def test_a_long_name_keeps_its_end(file: Path) -> None:
    write(file, {**ALLOWED, "host": "a" * 60 + ".evil.example"})
    assert log()[1].endswith("aaa.evil.example:443")
    assert "..." in log()[1]
