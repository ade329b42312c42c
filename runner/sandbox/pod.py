"""The pod: one small container per session that holds the network namespace its cells join.

Starting one takes longer than anything else on the way of a cold call, so it starts in a thread of
its own, before the rest of the controller is even loaded.
"""

from contextlib import suppress
from threading import Event, Thread
from typing import Self

from runner.errors import CellFailed, ImageMissing, SandboxError
from runner.interfaces import Channel, ContainerSpec, Engine
from runner.sandbox.departures import Departures

_READY_SECONDS = 60.0


class Pod:
    """A pod that is starting, running or closed. Closing its input ends it."""

    def __init__(self, engine: Engine, spec: ContainerSpec, departures: Departures) -> None:
        self._engine = engine
        self._departures = departures
        self._spec = spec
        self._id = ""
        self._made = Event()
        self._running = Event()
        self._channel: Channel | None = None
        self._failure: SandboxError | None = None
        self._thread = Thread(target=self._start, name="pod", daemon=True)

    @classmethod
    def starting(cls, engine: Engine, spec: ContainerSpec, departures: Departures) -> Self:
        """Begin to start a pod, and return at once."""
        pod = cls(engine, spec, departures)
        pod._thread.start()
        return pod

    def id(self) -> str:
        """The pod's id, as soon as it has one: cells can be made for it, not started.

        Raises:
            EngineError, CellFailed: it could not be made.
        """
        self._made.wait()
        if self._failure is not None:
            raise self._failure
        return self._id

    def await_network(self) -> None:
        """Return when its network namespace exists: cells can be started.

        Raises:
            EngineError, CellFailed: it could not be started.
        """
        self._running.wait()
        if self._failure is not None:
            raise self._failure

    def await_relay(self) -> None:
        """Return when the relay listens: commands can run.

        Raises:
            EngineError, CellFailed: it could not be started.
        """
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """End the pod; the engine goes on removing it. Twice is fine."""
        self._thread.join()
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            with suppress(SandboxError):  # the engine is gone; its lifeline ends the pod as well
                self._engine.kill(self._id)
            self._departures.add(self._id)

    def _start(self) -> None:
        try:
            self._id = self._engine.create(self._spec)
            self._made.set()
            self._channel = self._engine.start(self._id)
            self._running.set()
            _await_word(self._channel)
        except ImageMissing as error:
            self._failure = ImageMissing(
                str(error), fix="`./scripts/build-images` makes it (it takes a few minutes, once)."
            )
        except SandboxError as error:
            self._failure = error
            self._discard()
        finally:
            self._made.set()
            self._running.set()

    def _discard(self) -> None:
        if self._id:
            with suppress(SandboxError):  # the first error is the one to tell
                self._engine.remove(self._id)


def _await_word(channel: Channel) -> None:
    fix = "`sandbox doctor` looks for the cause."
    try:
        if (piece := channel.receive(_READY_SECONDS)) is None:
            raise CellFailed("The pod ended before its relay listened.", fix=fix)
    except TimeoutError:
        raise CellFailed("The pod's relay did not start.", fix=fix) from None
    if piece[1] != b"ready\n":
        said = piece[1].decode(errors="replace").strip()
        raise CellFailed(f"The pod's relay did not start: {said!r}.", fix=fix)
