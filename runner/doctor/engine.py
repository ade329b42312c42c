"""The container engine: which one answers where, and what it says it can do."""

from collections.abc import Mapping
from typing import Any

from runner.doctor.finding import Finding, broken, ok, weak
from runner.errors import EngineError

Facts = Mapping[str, Any]
"""`version` and `info` of Docker's API, merged. Podman answers both and leaves fields out, so any
of them may be missing, null or of another type.
"""

_ENGINE_WHY = "Every command runs in a container that it makes."
_IDS_WHY = (
    "Whoever breaks out of a container has, on the host, the rights of the user id it ran with."
)
_LIMITS = {
    "MemoryLimit": "memory",
    "PidsLimit": "processes",
    "CpuCfsQuota": "processor time",
}
"""Field of `info` that says whether the kernel lets the engine limit it."""


def reached(address: str, environment: Mapping[str, str]) -> Finding:
    """An engine answers at `address`, and is recent enough."""
    found = f"{address} ({_chosen_by(address, environment)})"
    return ok("container engine", found, _ENGINE_WHY)


def unreachable(error: EngineError) -> Finding:
    """No engine answers, or one that is too old."""
    return broken("container engine", str(error), _ENGINE_WHY, error.fix)


def version(facts: Facts) -> Finding:
    """Product, version and API version. That the API is recent enough was asked before."""
    product = "Podman" if is_podman(facts) else "Docker"
    number = text(facts, "Version") or "of an unknown version"
    api = text(facts, "ApiVersion") or "unknown"
    found = f"{product} {number}, API {api} (needs 1.41)"
    return ok("engine version", found, "Cells need API 1.41: Docker 20.10, Podman 4, or newer.")


def user_ids(facts: Facts) -> Finding:
    """Whether user ids in a container are others on the host: rootless, or remapped."""
    options = security_options(facts)
    if "rootless" in options:
        return ok("user ids", "the engine runs without root (rootless)", _IDS_WHY)
    if "userns" in options:
        return ok("user ids", "those in a container are remapped on the host", _IDS_WHY)
    return weak(
        "user ids",
        "the same inside a container as on the host; the engine runs as root",
        _IDS_WHY,
        "Keep the workspace owned by a user other than root: cells run as its owner. (A rootless "
        "or remapping engine would be stronger, but sandbox does not translate ids for one.)",
    )


def limits_offered(facts: Facts) -> Finding:
    """Whether the engine can set the limits at all; whether they hold is tried in a cell."""
    name, why = "limits offered", "A limit the kernel does not offer is not enforced."
    group = f"cgroup version {text(facts, 'CgroupVersion') or 'unknown'}"
    refused = [what for field, what in _LIMITS.items() if facts.get(field) is False]
    if refused:
        fix = (
            "Turn the cgroup controllers on (kernel command line: cgroup_enable=memory), and for a "
            "rootless engine delegate them: https://rootlesscontaine.rs/getting-started/common/"
        )
        return broken(name, f"{group}; cannot limit {', '.join(refused)}", why, fix)
    if facts.get("SwapLimit") is False:
        fix = "Add swapaccount=1 to the kernel command line, or use cgroup version 2."
        return weak(name, f"{group}; swap is not limited along with memory", why, fix)
    return ok(name, f"{group}; memory, processes, processor time", why)


def gvisor(facts: Facts) -> Finding:
    """A fact: whether a user-space kernel can be asked for."""
    why = "A kernel of its own for each container is the stronger wall."
    runtimes = facts.get("Runtimes")
    if isinstance(runtimes, dict) and "runsc" in runtimes:
        # Podman lists what its configuration names, installed or not.
        verb = "named in Podman's configuration" if is_podman(facts) else "registered"
        return ok("gVisor", f"runsc is {verb}", why)
    return ok("gVisor", "runsc is not registered (it is not needed)", why)


def is_podman(facts: Facts) -> bool:
    """Podman's Docker-compatible API calls its first component "Podman Engine"."""
    return any(str(part.get("Name", "")).startswith("Podman") for part in components(facts))


def components(facts: Facts) -> list[Mapping[str, Any]]:
    """The engine's parts, each with Name, Version and maybe Details."""
    found = facts.get("Components")
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def security_options(facts: Facts) -> frozenset[str]:
    """The names in `SecurityOptions`, which are "name=seccomp,profile=default" and such."""
    found = facts.get("SecurityOptions")
    names = [str(option).split(",")[0] for option in found] if isinstance(found, list) else []
    return frozenset(name.removeprefix("name=") for name in names)


def text(facts: Facts, field: str) -> str:
    """A field that should hold text; empty when it does not."""
    found = facts.get(field)
    return found if isinstance(found, str) else ""


def _chosen_by(address: str, environment: Mapping[str, str]) -> str:
    if environment.get("DOCKER_HOST"):
        return "from DOCKER_HOST"
    if address == "unix:///var/run/docker.sock":
        return "the default"
    return "from the Docker context"
