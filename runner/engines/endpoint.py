"""Where the engine listens: DOCKER_HOST, else the chosen context, else the usual socket.

Only unix sockets qualify. A cell's workspace and egress socket are bind-mounted, so the engine has
to be on this machine; one behind TCP or SSH would mount folders of another.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.errors import EngineMissing

DEFAULT_SOCKET = "/var/run/docker.sock"


def socket_path(environment: Mapping[str, str], home: Path) -> str:
    """The path of the engine's unix socket.

    Raises:
        EngineMissing: the context does not exist, or the engine is not on this machine.
    """
    address = environment.get("DOCKER_HOST") or _context_address(environment, home)
    if address is None:
        return DEFAULT_SOCKET
    if not address.startswith("unix://"):
        raise EngineMissing(
            f"The container engine at {address} is not on this machine.",
            fix="A workspace is mounted, so the engine has to be local: choose another with "
            "`docker context use default` or `unset DOCKER_HOST`.",
        )
    return address.removeprefix("unix://")


def _context_address(environment: Mapping[str, str], home: Path) -> str | None:
    folder = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    name = environment.get("DOCKER_CONTEXT") or _current_context(folder)
    if name in {"", "default"}:
        return None
    # Read here and not by the docker package: without a config.json that looks for contexts in the
    # current folder, which is the workspace, whose files must not choose the engine.
    import hashlib  # here: it takes 4 ms, every run begins here, and few have a context

    digest = hashlib.sha256(name.encode()).hexdigest()
    description = _json_object(folder / "contexts" / "meta" / digest / "meta.json")
    endpoint = _object(_object(description.get("Endpoints")).get("docker"))
    host = endpoint.get("Host")
    if not isinstance(host, str):
        raise EngineMissing(
            f"The Docker context {name!r} does not exist.",
            fix="`docker context ls` lists those that do; choose one with `docker context use`.",
        )
    return host


def _current_context(folder: Path) -> str:
    # Absent or broken: the docker command itself falls back to the default then.
    name = _json_object(folder / "config.json").get("currentContext")
    return name if isinstance(name, str) else ""


def _json_object(file: Path) -> dict[str, Any]:
    try:
        return _object(json.loads(file.read_bytes()))
    except (OSError, ValueError):
        return {}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
