"""Wrong settings files: file, line and key are named, and nothing was started."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.refusals import TOUCH, assert_refused

pytestmark = pytest.mark.engine

NETWORK = {"sandbox": {"network": {"allowedDomains": ["example.com"]}}}
FILES = [
    pytest.param(b'{"sandbox": {"netwrok": {}}}', ["netwrok", ":1:"], id="unknown key"),
    pytest.param(b'{\n"sandbox": {\n"network": {"allow": []}}}', ["allow", ":3:"], id="deep"),
    pytest.param(b'{"permission": {}}', ["permission"], id="unknown section"),
    pytest.param(b'{"sandbox": ', ["not valid JSON", ":1:"], id="broken JSON"),
    pytest.param(b"", ["not valid JSON"], id="empty"),
    pytest.param(b"\xff\xfe{}", ["UTF-8"], id="not UTF-8"),
    pytest.param(b"[]", ["an object"], id="a list"),
    pytest.param(b'{"sandbox": {"network": {"allowedDomains": "x.com"}}}', ["list"], id="type"),
    pytest.param(b'{"sandbox": {"network": {"allowedDomains": ["*"]}}}', ['"*"'], id="every host"),
    pytest.param(b'{"sandbox": {}, "sandbox": {}}', ["sandbox"], id="the same key twice"),
]


@pytest.mark.parametrize(("content", "texts"), FILES)
def test_a_wrong_settings_file_is_refused(
    sandbox: SandboxCommand, workspace: Path, content: bytes, texts: list[str]
) -> None:
    (workspace / "s.json").write_bytes(content)

    assert_refused(sandbox("run", "--settings", "s.json", *TOUCH), workspace, "s.json", *texts)


def test_a_settings_file_that_is_not_there_is_refused(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    assert_refused(sandbox("run", "--settings", "s.json", *TOUCH), workspace, "s.json")


def test_a_right_settings_file_passes(sandbox: SandboxCommand, workspace: Path) -> None:
    (workspace / "s.json").write_text(json.dumps(NETWORK))

    assert sandbox("run", "--settings", "s.json", *TOUCH).outcome == (0, b"", b"")


@pytest.mark.parametrize(
    "name",
    [
        ".config/sandbox/settings.json",
        pytest.param("../workspace/.sandbox/settings.json", id="of the project"),
        pytest.param("../workspace/.sandbox/settings.local.json", id="local"),
    ],
)
def test_a_wrong_settings_file_that_nobody_named_is_refused_too(
    sandbox: SandboxCommand, workspace: Path, home: Path, name: str
) -> None:
    (home / name).parent.mkdir(parents=True)
    (home / name).write_text('{"sandboxx": {}}')

    assert_refused(sandbox("run", *TOUCH), workspace, "settings", "sandboxx")
