"""Real Python projects: their own test suites pass inside as they do outside."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.registries import host_of, python_hosts, python_index, source_of

pytestmark = [
    pytest.mark.engine, pytest.mark.registry, pytest.mark.slow, pytest.mark.timeout(900),
]  # fmt: skip

# One environment, one installation, one run of the suite, whose report is left in the workspace.
# The shell is told the index and what to install as arguments.
SUITE = """
set -e
report=$1; shift
"${PYTHON:-python3}" -m venv environment
environment/bin/python -m pip --no-cache-dir --disable-pip-version-check install --quiet "$@"
environment/bin/python -m pytest -q -p no:cacheprovider --junitxml="$report" tests
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A release whose source distribution holds its tests, and what those need."""

    requirement: str
    needs: tuple[str, ...]


PROJECTS = [
    Project("itsdangerous==2.2.0", ("pytest==8.3.4", "freezegun==1.5.1")),
    Project("more-itertools==10.5.0", ("pytest==8.3.4",)),
]


def outcomes(report: Path) -> list[tuple[str, str]]:
    """Every test of a JUnit report with what became of it."""
    cases = ET.parse(report).getroot().iter("testcase")
    return sorted(
        (f"{case.get('classname')}::{case.get('name')}", case[0].tag if len(case) else "passed")
        for case in cases
    )


def arguments(project: Project, report: str) -> Sequence[str]:
    """The suite as a command."""
    return ["sh", "-c", SUITE, "suite", report, *project.needs, "."]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.requirement)
def test_a_projects_own_suite_has_the_same_outcomes_inside_and_outside(
    tmp_path: Path, home: Path, project: Project
) -> None:
    inside = source_of(project.requirement, tmp_path / "inside")
    outside = source_of(project.requirement, tmp_path / "outside")
    sandbox = SandboxCommand(inside, home)
    allowed = [f"--allow-domain={host}" for host in python_hosts()]
    index = f"--env=PIP_INDEX_URL={python_index()}"

    ran = sandbox(
        "run", *allowed, index, "--", *arguments(project, "inside.xml"), patience_seconds=800
    )
    reference = subprocess.run(
        arguments(project, "outside.xml"),
        cwd=outside,
        env={**sandbox.environment, "PYTHON": sys.executable, "PIP_INDEX_URL": python_index()},
        capture_output=True,
        check=False,
    )

    assert (ran.exit_code, ran.stderr) == (0, b""), ran.stdout[-2000:]
    assert reference.returncode == 0, reference.stderr
    found = outcomes(inside / "inside.xml")
    assert len(found) > 100
    assert found == outcomes(outside / "outside.xml")


def test_an_installation_without_an_allowed_host_fails_and_says_how_to_allow_it(
    sandbox: SandboxCommand,
) -> None:
    host = host_of(python_index()).partition(":")[0]
    script = "python3 -m venv v && v/bin/pip install --retries 0 --no-cache-dir six"
    index = f"--env=PIP_INDEX_URL={python_index()}"

    ran = sandbox("run", index, "--", "sh", "-c", script)

    assert ran.exit_code == 1
    assert f"refused {host}:" in ran.said
    assert f"sandbox run --allow-domain {host}" in ran.said
