"""An engine without a daemon: its containers run Python functions in threads.

It keeps the promises of `runner.interfaces.Engine`, as `tests/contract/` proves, so what is tested
with it is tested against the promises and not against wishes.
"""

from collections.abc import Mapping
from itertools import count
from threading import RLock
from typing import Self

from runner.errors import CellFailed, EngineMissing, ImageMissing
from runner.interfaces import ContainerSpec, Ended, Image, JoinNetwork, Owned
from tests.fakes.container import FakeChannel, FakeContainer, Program


class FakeEngine:
    """An `Engine`. `programs` maps the text of a shell script to what stands in for it."""

    def __init__(self, programs: Mapping[str, Program], images: Mapping[str, Image]) -> None:
        self.is_reachable = True
        self.specs: list[ContainerSpec] = []
        """What every container so far was to be, in order."""
        self._programs = programs
        self._images = images
        self._lock = RLock()
        self._numbers = count(1)
        self._containers: dict[str, FakeContainer] = {}

    def check(self) -> None:
        """Prove that the engine answers."""
        if not self.is_reachable:
            raise EngineMissing("No container engine answers.", fix="Set `is_reachable`.")

    def image(self, reference: str) -> Image:
        """Look an image up by name or id."""
        self.check()
        for name, image in self._images.items():
            if reference in {name, image.id}:
                return image
        raise ImageMissing(f"The fake engine has no image {reference!r}.")

    def create(self, spec: ContainerSpec) -> str:
        """Make a container that does not run yet."""
        self.image(spec.image)
        for mount in spec.mounts:
            if not mount.source.exists():
                raise CellFailed(f"The mount source {mount.source} does not exist.")
        with self._lock:
            if any(spec.name == other.spec.name for other in self._containers.values()):
                raise CellFailed(f"The name {spec.name} is in use.")
            made = FakeContainer(f"{next(self._numbers):064x}", spec, "", self._remove_ended)
            self._containers[made.id] = made
            self.specs.append(spec)
        return made.id

    def start(self, container_id: str, *, terminal: bool = False) -> FakeChannel:
        """Start a container, with its streams attached."""
        container = self._find(container_id)
        if container is None:
            raise CellFailed(f"There is no container {container_id}.")
        container.network = self._network(container)
        return container.start(self._programs[container.spec.command[2]])

    def signal(self, container_id: str, name: str) -> None:
        """Send a signal to a container's processes."""
        if (container := self._find(container_id)) is not None:
            container.signal(name)

    def resize(self, container_id: str, rows: int, columns: int) -> None:
        """Tell the container's terminal its size."""
        if (container := self._find(container_id)) is not None:
            container.size = (rows, columns)

    def mount_table(self, container_id: str) -> int | None:
        """Nobody can tell: there are no mounts."""
        return None

    def kill(self, container_id: str) -> None:
        """End what runs in the container, and wait for it."""
        container = self._find(container_id)
        if container is not None and container.is_running:
            container.kill()

    def ended(self, container_id: str) -> Ended | None:
        """Wait for the container to end."""
        container = self._find(container_id)
        return None if container is None else container.await_end()

    def await_removed(self, container_id: str) -> None:
        """Wait until a container that is ending is gone."""
        if (container := self._find(container_id)) is not None:
            container.await_end()
            self._remove_ended()

    def remove(self, container_id: str) -> None:
        """Kill and remove."""
        self.kill(container_id)
        with self._lock:
            self._containers.pop(container_id, None)

    def owned(self, label: str) -> list[Owned]:
        """All containers that carry the label."""
        self.check()
        with self._lock:
            found = [c for c in self._containers.values() if label in c.spec.labels]
        return [Owned(c.id, c.spec.name, dict(c.spec.labels)) for c in found]

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find(self, container_id: str) -> FakeContainer | None:
        self.check()
        with self._lock:
            return self._containers.get(container_id)

    def _network(self, container: FakeContainer) -> str:
        if not isinstance(container.spec.network, JoinNetwork):
            return container.id
        joined = self._find(container.spec.network.container_id)
        if joined is None or not joined.is_running:
            raise CellFailed("The container whose network is to be joined does not run.")
        return joined.network

    def _remove_ended(self) -> None:
        with self._lock:
            ended = [c.id for c in self._containers.values() if c.ended is not None]
            for container_id in ended:
                del self._containers[container_id]
