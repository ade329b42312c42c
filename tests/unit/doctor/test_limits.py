"""How trials of limits end, and what that says."""

import pytest

from runner.doctor import limits
from runner.doctor.finding import Level
from runner.doctor.inside import CPU_MAX, CPU_PERIOD, CPU_QUOTA
from runner.doctor.limits import Tried


@pytest.mark.parametrize(
    ("tried", "level"),
    [
        pytest.param(Tried(137, "", oom_killed=True), Level.OK, id="killed for its memory"),
        pytest.param(Tried(137, ""), Level.OK, id="killed with the whole cell"),
        pytest.param(Tried(0, "survived\n"), Level.BROKEN, id="not stopped"),
        pytest.param(Tried(137, "survived\n"), Level.BROKEN, id="killed too late"),
        pytest.param(Tried(124, ""), Level.WEAK, id="out of time"),
        pytest.param(Tried(127, ""), Level.WEAK, id="no shell"),
    ],
)
def test_memory_is_limited_when_the_process_was_killed(tried: Tried, level: Level) -> None:
    assert limits.memory(tried).level is level


@pytest.mark.parametrize(
    ("tried", "level"),
    [
        pytest.param(Tried(2, "1\n2\n3\n"), Level.OK, id="refused in time"),
        pytest.param(
            Tried(2, "\n".join(map(str, range(1, 41)))), Level.WEAK, id="refused above the limit"
        ),
        pytest.param(Tried(0, "1\n2\nsurvived\n"), Level.BROKEN, id="not refused"),
        pytest.param(Tried(127, ""), Level.WEAK, id="nothing started"),
    ],
)
def test_processes_are_limited_when_one_was_refused(tried: Tried, level: Level) -> None:
    assert limits.processes(tried).level is level


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        pytest.param({CPU_MAX: "50000 100000"}, Level.OK, id="version 2"),
        pytest.param({CPU_QUOTA: "50000", CPU_PERIOD: "100000"}, Level.OK, id="version 1"),
        pytest.param({CPU_MAX: "max 100000"}, Level.BROKEN, id="version 2, none"),
        pytest.param({CPU_QUOTA: "-1", CPU_PERIOD: "100000"}, Level.BROKEN, id="version 1, none"),
        pytest.param({CPU_MAX: "200000 100000"}, Level.BROKEN, id="another than asked for"),
        pytest.param({CPU_MAX: "50000 0"}, Level.WEAK, id="no period"),
        pytest.param({}, Level.WEAK, id="not to be seen"),
    ],
)
def test_the_quota_is_compared_with_what_was_asked_for(seen: dict[str, str], level: Level) -> None:
    assert limits.processor(seen).level is level


@pytest.mark.parametrize(
    ("owner", "level", "found"),
    [
        pytest.param(1000, Level.OK, "a cell can write it, and the files are yours", id="yours"),
        pytest.param(
            101000,
            Level.BROKEN,
            "files written by a cell belong to user 101000, not to user 1000",
            id="somebody else's",
        ),
        pytest.param(
            None, Level.BROKEN, "a cell cannot write it (nothing arrived)", id="not written"
        ),
    ],
)
def test_a_cell_s_files_have_to_arrive_as_yours(
    owner: int | None, level: Level, found: str
) -> None:
    finding = limits.workspace(Tried(0, ""), owner, 1000)
    assert (finding.level, finding.found) == (level, found)
