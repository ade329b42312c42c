"""The machine a run was made on: what matters for the figures, nothing that names it."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from runner.engines.docker import DockerEngine

Facts = dict[str, str | int | float]


def described() -> Facts:
    """Flat, JSON-ready."""
    return {
        "cores": os.cpu_count() or 0,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **_engine(),
        "bwrap": _bwrap(),
    }


def sentence(facts: Facts) -> str:
    """The same for people."""
    return (
        f"{facts['cores']} cores ({facts['architecture']}), {facts['memory_gib']} GiB of memory, "
        f"Linux {facts['kernel']}, Docker {facts['engine']} with runc {facts['runc']} "
        f"({facts['storage']}, cgroup v{facts['cgroup']}), "
        f"bubblewrap {facts['bwrap']}, Python {facts['python']}."
    )


def _engine() -> Facts:
    with DockerEngine.from_environment(os.environ, Path.home()) as engine:
        facts = engine.facts()
    components = {each["Name"]: each["Version"] for each in facts.get("Components") or []}
    return {
        "engine": facts.get("ServerVersion", "unknown"),
        "runc": components.get("runc", "unknown"),
        "storage": facts.get("Driver", "unknown"),
        "cgroup": facts.get("CgroupVersion", "unknown"),
    }


def _bwrap() -> str:
    if shutil.which("bwrap") is None:
        return "missing"
    said = subprocess.run(["bwrap", "--version"], check=True, capture_output=True, text=True)
    return said.stdout.split()[-1]
