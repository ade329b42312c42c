"""The trials on a session that is a fake: what it answers decides the findings."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runner.doctor import inside, limits
from runner.doctor.finding import Finding, Level, attempted
from runner.doctor.trials import tried
from runner.engines.docker import DockerEngine
from runner.errors import CellFailed
from runner.interfaces import Engine, Limits
from runner.sandbox.result import Output

_NO_CAPABILITIES = "".join(f"Cap{name}:\t0000\n" for name in ("Inh", "Prm", "Eff", "Bnd", "Amb"))
SEEN = {
    inside.STATUS: f"{_NO_CAPABILITIES}NoNewPrivs:\t1\nSeccomp:\t2",
    inside.MOUNTS: "115 65 0:50 / / ro,relatime - overlay overlay rw",
    inside.DEVICES: " face |bytes\n    lo: 0 0",
    inside.LABEL: "docker-default (enforce)",
    inside.CPU_MAX: "50000 100000",
}


@dataclass(frozen=True)
class Answer:
    exit_code: int
    stdout: Output
    oom_killed: bool = False


@dataclass
class FakeBox:
    """Answers each script as a cell would; writes into the workspace when it `writes`."""

    folder: Path
    writes: bool
    scripts: list[str] = field(default_factory=list)

    def run(
        self, command: Sequence[str | bytes], *, timeout_seconds: float | None = None
    ) -> Answer:
        assert timeout_seconds
        script = str(command[-1])
        self.scripts.append(script)
        if script == limits.WORKSPACE_SCRIPT and self.writes:
            (self.folder / "from-a-cell").write_text("written")
        return {
            inside.SCRIPT: Answer(0, _printed(SEEN)),
            limits.MEMORY_SCRIPT: Answer(137, Output(), oom_killed=True),
            limits.PROCESSES_SCRIPT: Answer(2, Output(b"1\n2\n3\n")),
            limits.WORKSPACE_SCRIPT: Answer(0, Output()),
        }[script]


def _printed(files: dict[str, str]) -> Output:
    return Output("".join(f"\n==> {path}\n{text}\n" for path, text in files.items()).encode())


def findings_of(engine: Engine, *, writes: bool) -> list[Finding]:
    @contextmanager
    def opening(_: Engine, workspace: Path, asked: Limits) -> Iterator[FakeBox]:
        assert asked == limits.TRIAL
        assert not list(workspace.iterdir())
        yield FakeBox(workspace, writes=writes)

    return list(tried(engine, opening, kernel_has_apparmor=True))


@pytest.fixture
def engine() -> Engine:
    return DockerEngine("/nonexistent")  # handed through, never asked


def test_a_cell_that_keeps_every_promise_has_nothing_wrong(engine: Engine) -> None:
    findings = findings_of(engine, writes=True)
    assert {finding.level for finding in findings} == {Level.OK}
    assert [finding.name for finding in findings] == [
        "seccomp",
        "no new privileges",
        "capabilities",
        "root file system",
        "network",
        "AppArmor",
        "memory limit",
        "process limit",
        "processor limit",
        "workspace",
    ]


def test_a_workspace_that_nothing_arrives_in_is_broken(engine: Engine) -> None:
    wrong = [f for f in findings_of(engine, writes=False) if f.level is not Level.OK]
    assert [finding.name for finding in wrong] == ["workspace"]


def test_a_session_that_does_not_open_is_a_finding(engine: Engine) -> None:
    def opening(_: Engine, workspace: Path, asked: Limits) -> AbstractContextManager[FakeBox]:
        assert workspace.is_dir()
        raise CellFailed(f"No cell for {asked.memory_mib} MiB.", fix="Look at the engine.")

    found = attempted("cells", lambda: tried(engine, opening, kernel_has_apparmor=True))
    assert [(f.name, f.level, f.found, f.fix) for f in found] == [
        ("cells", Level.BROKEN, "No cell for 48 MiB.", "Look at the engine.")
    ]
