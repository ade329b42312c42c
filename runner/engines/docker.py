"""The Docker engine (and Podman's compatible API), and the only importer of `docker`.

A container's life goes over `DockerWire`. Whatever is not on the way of a call (listing, facts
for the doctor) goes through the `docker` package, loaded when first needed.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from runner.engines.docker_body import create_body
from runner.engines.docker_channel import DockerChannel
from runner.engines.docker_wire import Answer, DockerWire
from runner.engines.endpoint import socket_path
from runner.engines.init_process import InitProcess
from runner.errors import CellFailed, EngineError, EngineLost, EngineTooOld, ImageMissing
from runner.interfaces import ContainerSpec, Ended, Image, Owned

if TYPE_CHECKING:
    from docker import DockerClient

_GC = "See whether it still runs; then `sandbox gc` removes what was left behind."

_REMOVAL_SECONDS = 30.0

OLDEST_API = (1, 41)  # Docker 20.10 (December 2020), Podman 4


class DockerEngine:
    """An `Engine` that talks to the Docker API on a unix socket of this machine."""

    def __init__(self, path: str) -> None:
        self._wire = DockerWire(path)
        self.address = f"unix://{path}"
        self._client: DockerClient | None = None
        self._inits: dict[str, InitProcess] = {}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], home: Path) -> Self:
        """The engine that the `docker` command would use; raises `EngineMissing`."""
        return cls(socket_path(environment, home))

    def check(self) -> None:
        """Prove that the engine answers and that its API is at least 1.41."""
        answer = self._wire.ask("GET", "/_ping", timeout_seconds=10.0)
        version = answer.headers.get("api-version", "")
        if _version(version) < OLDEST_API:
            raise EngineTooOld(
                f"The container engine speaks API {version or 'of an unknown version'}; "
                "the oldest supported is 1.41.",
                fix="Install Docker 20.10 or newer, or Podman 4 or newer.",
            )

    def image(self, reference: str) -> Image:
        """Look an image up; nothing is ever pulled."""
        answer = self._wire.ask("GET", f"/images/{reference}/json")
        if answer.status != 200:
            raise _image_missing(reference)
        facts = answer.json()
        config = facts.get("Config") or {}
        volumes = tuple(sorted(config.get("Volumes") or {}))
        return Image(facts["Id"], volumes, config.get("Labels") or {})

    def create(self, spec: ContainerSpec) -> str:
        """Make a container that does not run yet, and return its id."""
        query = {"name": spec.name}
        answer = self._wire.ask("POST", "/containers/create", query=query, body=create_body(spec))
        if answer.status == 404 and "image" in answer.message.lower():
            raise _image_missing(spec.image)
        if answer.status != 201:
            raise _refused(answer)
        return str(answer.json()["Id"])

    def start(self, container_id: str, *, terminal: bool = False) -> DockerChannel:
        """Attach, then start."""
        query = {"stream": "1", "stdin": "1", "stdout": "1", "stderr": "1"}
        path = f"/containers/{container_id}/attach"
        connection, first = self._wire.hijack(path, query=query)
        answer = self._wire.ask("POST", f"/containers/{container_id}/start")
        if answer.status != 204:
            connection.close()
            raise _refused(answer)
        self._find_init(container_id)
        return DockerChannel(connection, first, terminal=terminal)

    def signal(self, container_id: str, name: str) -> None:
        """Signal all processes but the first, which is ours and has to report their end."""
        command = ["/bin/sh", "-c", 'kill -s "$0" -- -1', name]
        body = {"Cmd": command, "AttachStdout": False, "AttachStderr": False}
        answer = self._wire.ask("POST", f"/containers/{container_id}/exec", body=body)
        if answer.status == 201:
            self._wire.ask("POST", f"/exec/{answer.json()['Id']}/start", body={"Detach": True})

    def resize(self, container_id: str, rows: int, columns: int) -> None:
        """Tell the container's terminal its size."""
        query = {"h": str(rows), "w": str(columns)}
        self._wire.ask("POST", f"/containers/{container_id}/resize", query=query)

    def mount_table(self, container_id: str) -> int | None:
        """A descriptor of the container's mount table that says when it changes."""
        init = self._inits.get(container_id)
        return None if init is None else init.mount_table

    def kill(self, container_id: str) -> None:
        """End every process in the container; returns when none is left."""
        init = self._inits.pop(container_id, None)
        if init is not None:
            try:
                if init.kill():
                    return
            finally:
                init.close()
        answer = self._wire.ask("POST", f"/containers/{container_id}/kill")
        if answer.status not in {204, 404, 409}:  # 404 gone, 409 not running: both are dead
            raise _refused(answer)

    def ended(self, container_id: str) -> Ended | None:
        """Wait for the end, and say how it came; `None` when the container is gone."""
        answer = self._wire.ask("POST", f"/containers/{container_id}/wait", timeout_seconds=None)
        if answer.status != 200:
            return None
        outcome = answer.json()
        if outcome is None:  # the answer began before the container ended, and then the engine did
            raise EngineLost("The container engine stopped while a command was running.", fix=_GC)
        code = int(outcome["StatusCode"])
        facts = self._wire.ask("GET", f"/containers/{container_id}/json")
        state = facts.json()["State"] if facts.status == 200 else {}
        return Ended(code, oom_killed=bool(state.get("OOMKilled")))

    def await_removed(self, container_id: str) -> None:
        """Return when the engine has removed a container that ended, or after half a minute.

        Asked again and again: the engine's own wait for a removal never answers when the removal
        comes between its look and its wait (1 of 180 times, Docker 20.10).
        """
        deadline = time.monotonic() + _REMOVAL_SECONDS
        while time.monotonic() < deadline:
            if self._wire.ask("GET", f"/containers/{container_id}/json").status == 404:
                return
            time.sleep(0.003)

    def remove(self, container_id: str) -> None:
        """Kill and remove with its anonymous volumes; returns when it is gone."""
        query = {"force": "1", "v": "1"}
        answer = self._wire.ask("DELETE", f"/containers/{container_id}", query=query)
        if answer.status == 409:  # the engine is removing it already; wait until it has
            self.await_removed(container_id)
        elif answer.status not in {204, 404}:
            raise _refused(answer)

    def owned(self, label: str) -> list[Owned]:
        """All containers that carry the label."""
        with self._library() as client:
            found = client.api.containers(all=True, filters={"label": label})
        return [Owned(c["Id"], c["Names"][0].lstrip("/"), c["Labels"]) for c in found]

    def facts(self) -> dict[str, Any]:
        """The engine's description of itself: `version` and `info` of Docker's API, merged."""
        with self._library() as client:
            return {**client.version(), **client.info()}

    def close(self) -> None:
        """Let go of the connections that the package keeps, and of processes that were watched."""
        while self._inits:
            self._inits.popitem()[1].close()
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find_init(self, container_id: str) -> None:
        facts = self._wire.ask("GET", f"/containers/{container_id}/json")
        process = facts.json()["State"]["Pid"] if facts.status == 200 else 0
        if (init := InitProcess.of_container(process, container_id)) is not None:
            self._inits[container_id] = init

    @contextmanager
    def _library(self) -> Iterator["DockerClient"]:
        """The package's client, loaded when first needed; its errors become ours."""
        self.check()  # says what is wrong better than the package would
        import docker  # loading it takes longer than starting a container
        from docker.errors import DockerException

        try:
            if self._client is None:
                self._client = docker.DockerClient(base_url=self.address, version="auto")
            yield self._client
        except (DockerException, OSError) as error:  # OSError: what `requests` raises
            raise EngineLost(f"The container engine failed: {error}", fix=_GC) from error


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _image_missing(reference: str) -> ImageMissing:
    return ImageMissing(
        f"The container engine has no image {reference!r}.",
        fix="`./scripts/build-images` makes the default ones; another is fetched with "
        f"`docker pull {reference}` (nothing is pulled unasked).",
    )


def _refused(answer: Answer) -> EngineError | CellFailed:
    message = answer.message
    if "no space left on device" in message:
        return CellFailed(
            f"The disk of the container engine is full ({message}).",
            fix="Free some space (`docker system df` shows what is used), then try again.",
        )
    if "/bin/sh" in message:
        return CellFailed(
            f"The image has no usable /bin/sh ({message}).",
            fix="Use an image that has one; it is all a cell needs of an image.",
        )
    return CellFailed(
        f"The container engine refused: {message}", fix="`sandbox doctor` looks for the cause."
    )
