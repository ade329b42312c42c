"""The lock files: every package pinned with its hashes, and not one address."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, str]:
    """Name and version of each package in a lock file."""
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", (ROOT / lock).read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_hashes_and_reasons_only(lock: str) -> None:
    text = (ROOT / lock).read_text()
    line = r"[a-z0-9.-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*"
    assert [row for row in text.splitlines() if not re.fullmatch(line, row)] == []
    assert not re.search(r"http|file:|/", text.replace("(pyproject.toml", ""))


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    dependencies = names(project["project"]["dependencies"])
    builders = names(project["build-system"]["requires"])
    tools = names(project["project"]["optional-dependencies"]["dev"])
    assert dependencies | builders <= set(pins("requirements.lock"))
    assert tools <= set(pins("requirements-dev.lock"))


def test_the_tools_lock_holds_all_of_the_other() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
