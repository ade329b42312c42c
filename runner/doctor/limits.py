"""Whether the limits of a cell hold: each is overstepped in a cell made for that, and only just.

Should a limit not hold, the trial ends by itself: it takes 128 MiB or starts 64 processes.
"""

from dataclasses import dataclass

from runner.doctor.finding import Finding, broken, ok, weak
from runner.doctor.inside import CPU_MAX, CPU_PERIOD, CPU_QUOTA, Files
from runner.interfaces import Limits

TRIAL = Limits(memory_mib=48, cpus=0.5, pids=32, tmp_mib=1)
"""The limits of the cells that the trials run in."""

_PROCESSES = 64
_SURVIVED = "survived"

MEMORY_SCRIPT = (
    f"x=0123456789abcdef; i=0; while [ $i -lt 23 ]; do x=$x$x; i=$((i+1)); done; echo {_SURVIVED}"
)
"""Doubles 16 bytes 23 times: 128 MiB."""

PROCESSES_SCRIPT = (
    f"i=0; while [ $i -lt {_PROCESSES} ]; do sleep 20 & i=$((i+1)); echo $i; done; echo {_SURVIVED}"
)
WORKSPACE_SCRIPT = "echo written >/workspace/from-a-cell"

_FIX = (
    "See that the engine may use the kernel's cgroups (`docker info` warns about it); a rootless "
    "engine needs them delegated: https://rootlesscontaine.rs/getting-started/common/"
)


@dataclass(frozen=True, slots=True)
class Tried:
    """How a trial ended: the script's exit code (137: killed), and what it printed."""

    exit_code: int
    output: str
    oom_killed: bool = False


def memory(tried: Tried) -> Finding:
    """Whether the process that took more than the limit was killed for it."""
    name, why = "memory limit", "Without it a command can bring the whole machine down."
    asked = f"a process went over {TRIAL.memory_mib} MiB"
    if _SURVIVED in tried.output:
        return broken(name, f"{asked} and was not stopped", why, _FIX)
    if tried.oom_killed or tried.exit_code == 137:
        return ok(name, f"enforced: {asked} and was killed", why)
    found = f"not clear: the trial ended with exit code {tried.exit_code}"
    return weak(name, found, why, _FIX)


def processes(tried: Tried) -> Finding:
    """Whether the kernel refused processes above the limit."""
    name, why = "process limit", "Without it a fork bomb brings the whole machine down."
    if _SURVIVED in tried.output:
        found = f"{_PROCESSES} processes ran where {TRIAL.pids} are the limit"
        return broken(name, found, why, _FIX)
    started = len(tried.output.split())
    if 0 < started <= TRIAL.pids:
        return ok(name, f"enforced: {started} started, the next was refused", why)
    found = f"not clear: the trial ended with exit code {tried.exit_code}"
    return weak(name, found, why, _FIX)


def processor(seen: Files) -> Finding:
    """Whether the cell's cgroup carries the quota that was asked for."""
    name, why = "processor limit", "Without it a command can slow the whole machine down."
    quota = _quota(seen)
    if quota == TRIAL.cpus:
        return ok(name, f"set: a cell sees its quota of {quota} processors", why)
    if quota is None:
        return weak(name, "a cell cannot see its quota", why, _FIX)
    found = f"a cell asked for {TRIAL.cpus} processors sees a quota of {quota}"
    return broken(name, found, why, _FIX)


def workspace(tried: Tried, owner: int | None, expected: int) -> Finding:
    """Whether a file written in a cell arrives on the host, as the workspace owner's.

    `owner` is the user id of that file on the host; `None` when there is no such file.
    """
    name, why = "workspace", "What a command writes there has to arrive, and to be yours."
    if owner == expected:
        return ok(name, "a cell can write it, and the files are yours", why)
    if owner is None:
        found = f"a cell cannot write it ({tried.output.strip() or 'nothing arrived'})"
    else:
        found = f"files written by a cell belong to user {owner}, not to user {expected}"
    fix = (
        "User ids differ between cell and host: use an engine that neither remaps them nor runs "
        "rootless, or see what SELinux forbids (`ausearch -m avc`)."
    )
    return broken(name, found, why, fix)


def _quota(seen: Files) -> float | None:
    quota, _, period = seen.get(CPU_MAX, "").partition(" ")
    if not quota:  # cgroup version 1 has a file for each
        quota, period = seen.get(CPU_QUOTA, ""), seen.get(CPU_PERIOD, "")
    if quota in {"max", "-1"}:
        return float("inf")
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)
