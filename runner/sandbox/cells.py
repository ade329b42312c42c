"""Where a session's cells come from: a workspace, surveyed, and cells on their way for it.

Needs little of the controller, so that the first cell is being made while the rest still loads.
"""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from runner.interfaces import Limits
from runner.sandbox.ca_bundle import host_ca_bundle
from runner.sandbox.cell import Cell
from runner.sandbox.head_start import HeadStart
from runner.sandbox.maker import CellMaker
from runner.sandbox.pool import Pool
from runner.sandbox.protocol import Call
from runner.sandbox.surveyor import Surveyor
from runner.sandbox.world import World
from runner.workspace.findings import Survey
from runner.workspace.folder import opened

DEFAULT_IMAGE = "sandbox-devcontainer:latest"


class Cells:
    """Makes cells for one workspace. A context manager, entered after its head start.

    `pool_size` cells are made ahead; with `refill` they are replaced as they are used.

    Raises on entering:
        WorkspaceRefused: the folder cannot be a workspace.
        EngineMissing, EngineTooOld, ImageMissing: they are.
    """

    def __init__(
        self,
        ground: HeadStart,
        workspace: str | Path,
        *,
        image: str = DEFAULT_IMAGE,
        limits: Limits | None = None,
        read_only: bool = False,
        pool_size: int = 2,
        refill: bool = True,
    ) -> None:
        self.ground = ground
        self._path = workspace
        self._image = image
        self._limits = limits or Limits()
        self._read_only = read_only
        self._pool_size = pool_size
        self._refill = refill
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        self.workspace = opened(self._path, home=Path.home(), euid=os.geteuid())
        self.surveyor = Surveyor(self.workspace.path)
        found = self.surveyor.survey()
        engine = self.ground.engine
        engine.check()
        self._maker = CellMaker(engine, self._world(), self.ground.pod, self.surveyor)
        self._pool = Pool(self._maker.parked, self._release, self._pool_size, refill=self._refill)
        self._resources.callback(self._pool.close)
        self._pool.warm(found)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def take(self, found: Survey) -> Cell:
        """A parked cell that protects what was found; raises as `CellMaker.parked`."""
        return self._pool.take(found)

    def take_for_terminal(self, found: Survey, call: Call) -> Cell:
        """A cell for one call on a terminal; raises as `CellMaker.parked`."""
        return self._maker.for_terminal(found, call)

    def _release(self, cell: Cell) -> None:
        cell.release()
        self.ground.departures.add(cell.id)

    def _world(self) -> World:
        ground = self.ground
        return World(
            session=ground.session,
            folder=ground.folder,
            workspace=self.workspace.path,
            uid=self.workspace.uid,
            gid=self.workspace.gid,
            image=ground.engine.image(self._image),
            limits=self._limits,
            ca_bundle=host_ca_bundle(ground.environment),
            workspace_writable=not self._read_only,
            owner=ground.labels,
        )
