"""An image is built again when something it is made from changes, and only then."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "images", tmp_path / "images")
    return tmp_path


def inputs(project: Path, *folders: str) -> str:
    command = ["bash", "-c", f'. {ROOT}/scripts/lib/images.sh; inputs "$@"', "bash", *folders]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("changed", ["base/without-registry", "base/Dockerfile", "pod/Dockerfile"])
def test_a_changed_file_changes_the_hash(project: Path, changed: str) -> None:
    before = inputs(project, "base", "pod")
    (project / "images" / changed).write_text("something else")
    assert inputs(project, "base", "pod") != before


def test_a_file_under_another_name_changes_the_hash(project: Path) -> None:
    before = inputs(project, "pod")
    (project / "images/pod/Dockerfile").rename(project / "images/pod/Containerfile")
    assert inputs(project, "pod") != before


def test_documentation_and_other_images_do_not_change_the_hash(project: Path) -> None:
    before = inputs(project, "base", "pod")
    (project / "images/pod/README.md").write_text("something else")
    (project / "images/devcontainer/Dockerfile").write_text("something else")
    assert inputs(project, "base", "pod") == before
