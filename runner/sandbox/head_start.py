"""The part of a session that needs to know nothing of it yet, so that it can begin at once.

Making the pod takes the engine longer than it takes Python to load the rest of the controller; the
command line therefore begins this before it even reads its arguments.
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from runner.interfaces import Engine
from runner.sandbox import owner, session_folder, world
from runner.sandbox.departures import Departures
from runner.sandbox.pod import Pod


class HeadStart:
    """A session's id, labels and private folder, and its pod on the way. A context manager.

    `folder` and `pod` exist once it is entered.
    """

    folder: Path
    pod: Pod

    def __init__(self, engine: Engine, environment: Mapping[str, str]) -> None:
        self.engine = engine
        self.environment = environment
        self.session = os.urandom(4).hex()
        self.labels = owner.labels(self.session)
        self.departures = Departures(engine)
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        """Make the folder and begin to make the pod. Errors of the engine come from `pod.id()`."""
        controller = owner.label_of(self.labels)
        making = session_folder.making(self.session, controller, self.environment)
        self.folder = self._resources.enter_context(making)
        spec = world.pod(self.session, self.folder, self.labels, os.geteuid(), os.getegid())
        self.pod = Pod.starting(self.engine, spec, self.departures)
        self._resources.callback(self.departures.await_all)
        self._resources.callback(self.pod.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()
