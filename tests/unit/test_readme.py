"""The README shows the command's own help, and only commands that exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner.cli.app import app

README = (Path(__file__).parents[2] / "README.md").read_text()
NAMED = sorted(set(re.findall(r"`sandbox ([a-z]+)", README)))


def _help(*arguments: str) -> str:
    shown = CliRunner().invoke(app, [*arguments, "--help"], prog_name="sandbox")
    assert shown.exit_code == 0
    return shown.output


def test_it_shows_the_help_of_run_word_for_word() -> None:
    assert _words(_help("run")) in _words(README)


def _words(text: str) -> str:
    return " ".join(text.split())  # lines are broken by the width of the terminal


@pytest.mark.parametrize("command", NAMED)
def test_every_command_it_names_exists(command: str) -> None:
    assert f"Usage: sandbox {command}" in _help(command)


def test_every_script_it_names_exists() -> None:
    scripts = set(re.findall(r"\./(scripts/[a-z-]+)", README))
    assert scripts
    assert all((Path(__file__).parents[2] / script).is_file() for script in scripts)
