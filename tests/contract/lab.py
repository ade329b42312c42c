"""A bench for one engine: makes containers, reads what they say, and leaves none behind."""

import os
from collections.abc import Callable
from itertools import count
from time import monotonic, sleep
from typing import Any

from runner.interfaces import Channel, ContainerSpec, Engine, Limits, Owned, OwnNetwork, Stream

PATIENCE_SECONDS = 60.0
"""How long a hanging engine is waited for. Nothing is judged by it."""


class Lab:
    """Containers of one test. `close` removes them all, whatever became of the test."""

    def __init__(self, engine: Engine, image: str) -> None:
        self.engine = engine
        self.image = image
        self.label = f"sandbox.contract-{os.urandom(6).hex()}"
        self._channels: list[Channel] = []
        self._numbers = count(1)

    def spec(self, program: str, **changes: Any) -> ContainerSpec:
        """A container that runs one of the suite's programs."""
        fields: dict[str, Any] = {
            "name": f"{self.label.replace('.', '-')}-{next(self._numbers)}",
            "image": self.image,
            "command": ("/bin/sh", "-c", program),
            "uid": 1000,
            "gid": 1000,
            "network": OwnNetwork(),
            "limits": Limits(memory_mib=256, cpus=1.0, pids=64, tmp_mib=16),
            "labels": {self.label: "yes"},
        }
        return ContainerSpec(**{**fields, **changes})

    def created(self, program: str, **changes: Any) -> str:
        """The id of a container that has not run yet."""
        return self.engine.create(self.spec(program, **changes))

    def started(self, program: str, **changes: Any) -> tuple[str, Channel]:
        """The id and the streams of a container that runs."""
        container_id = self.created(program, **changes)
        return container_id, self.start(container_id, terminal=changes.get("terminal", False))

    def start(self, container_id: str, *, terminal: bool = False) -> Channel:
        """Start a container that was made before."""
        channel = self.engine.start(container_id, terminal=terminal)
        self._channels.append(channel)
        return channel

    def owned(self) -> list[Owned]:
        """The containers of this test that the engine knows."""
        return self.engine.owned(self.label)

    def close(self) -> None:
        """Remove every container of this test."""
        for channel in self._channels:
            channel.close()
        for container in self.owned():
            self.engine.remove(container.id)


def pieces(channel: Channel) -> list[tuple[Stream, bytes]]:
    """All that comes until both streams have ended."""
    found = []
    while (piece := channel.receive(PATIENCE_SECONDS)) is not None:
        found.append(piece)
    return found


def streams(channel: Channel) -> tuple[bytes, bytes]:
    """Standard output and standard error, whole."""
    found = pieces(channel)
    joined = [b"".join(data for stream, data in found if stream is which) for which in Stream]
    return joined[0], joined[1]


def read_until(channel: Channel, text: bytes) -> bytes:
    """Standard output up to the piece with which it holds `text`."""
    data = b""
    while text not in data:
        piece = channel.receive(PATIENCE_SECONDS)
        assert piece is not None, f"ended before {text!r}: {data!r}"
        data += piece[1]
    return data


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true while anybody would still wait for it."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.02)
    return True
