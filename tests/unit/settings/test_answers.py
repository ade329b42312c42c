"""Where an answer for good ends up, and when."""

import json
from pathlib import Path
from typing import Any

import pytest

from runner.approval.question import Scope
from runner.errors import SettingsInvalid
from runner.settings.answers import AnswersForGood

TARGET = "example.com:443"
PATHS: dict[Scope, str] = {
    "user": "config/sandbox/settings.json",
    "local": "w/.sandbox/settings.local.json",
    "project": "w/.sandbox/settings.json",
}


@pytest.fixture
def answers(tmp_path: Path) -> AnswersForGood:
    """Those of a session in a workspace `w`."""
    (tmp_path / "w").mkdir()
    return AnswersForGood(tmp_path / "w", tmp_path / "config")


def network(path: Path) -> Any:
    """What the file says about the network."""
    return json.loads(path.read_text())["sandbox"]["network"]


@pytest.mark.parametrize("scope", PATHS)
@pytest.mark.parametrize(("allows", "key"), [(True, "allowedDomains"), (False, "deniedDomains")])
def test_an_answer_is_written_where_it_was_asked_for(
    answers: AnswersForGood, tmp_path: Path, scope: Scope, allows: bool, key: str
) -> None:
    answers.remember(scope, TARGET, allows)
    complaints = answers.write_postponed()

    assert complaints == ()
    assert network(tmp_path / PATHS[scope]) == {key: [TARGET]}


@pytest.mark.parametrize(("scope", "at_once"), [("user", True), ("local", False)])
def test_the_workspace_s_files_are_left_alone_while_commands_run(
    answers: AnswersForGood, tmp_path: Path, scope: Scope, at_once: bool
) -> None:
    answers.remember(scope, TARGET, True)

    assert (tmp_path / PATHS[scope]).exists() == at_once


@pytest.mark.parametrize("scope", PATHS)
def test_a_file_that_cannot_take_it_is_an_error_at_once(
    answers: AnswersForGood, tmp_path: Path, scope: Scope
) -> None:
    path = tmp_path / PATHS[scope]
    path.parent.mkdir(parents=True)
    path.write_text("{")

    with pytest.raises(SettingsInvalid):
        answers.remember(scope, TARGET, True)
    assert str(path.name) in answers.preview(scope, TARGET, True)
    assert path.read_text() == "{"


def test_a_preview_names_file_line_and_rule_and_writes_nothing(
    answers: AnswersForGood, tmp_path: Path
) -> None:
    shown = answers.preview("local", TARGET, True)

    assert f"{PATHS['local']}:" in shown
    assert f"sandbox.network.allowedDomains: '{TARGET}'" in shown
    assert shown.endswith("(counts once this folder is trusted)")
    assert not (tmp_path / PATHS["local"]).exists()


def test_what_breaks_before_the_end_is_told(answers: AnswersForGood, tmp_path: Path) -> None:
    answers.remember("local", TARGET, True)
    path = tmp_path / PATHS["local"]
    path.parent.mkdir()
    path.write_text("{")

    [complaint] = answers.write_postponed()
    assert complaint.startswith("an answer could not be written: ")
