"""`sandbox doctor` itself, on a machine whose engine is not there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from runner.cli.doctor import doctor

APP = typer.Typer()
APP.command()(doctor)


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("without_engine")
def test_a_missing_engine_ends_with_five_and_says_so_in_words() -> None:
    ran = CliRunner().invoke(APP, [])
    assert ran.exit_code == 5
    assert ran.stdout.startswith("broken  container engine: No container engine answers at")
    assert "        fix: Start it" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("1 broken, ")


@pytest.mark.usefixtures("without_engine")
def test_json_is_one_object_and_nothing_else() -> None:
    ran = CliRunner().invoke(APP, ["--json"])
    report = json.loads(ran.stdout)
    assert ran.exit_code == 5
    assert report["ok"] is False
    assert [sorted(found) for found in report["findings"]] == [
        ["fix", "found", "level", "name", "why"]
    ] * len(report["findings"])


def test_a_folder_that_is_gone_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert CliRunner().invoke(APP, []).exit_code == 5
    monkeypatch.chdir(tmp_path)


def test_importing_the_command_loads_neither_the_engine_nor_a_session() -> None:
    program = "import sys, runner.cli.doctor; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "runner.cli.doctor" in loaded
    assert loaded.isdisjoint({"docker", "runner.session", "runner.doctor.examination"})
