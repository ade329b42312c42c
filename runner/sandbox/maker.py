"""Makes cells for a session: named, protected, proved."""

from itertools import count

from runner.interfaces import ContainerSpec, Engine
from runner.sandbox.cell import Cell
from runner.sandbox.pod import Pod
from runner.sandbox.protocol import Call
from runner.sandbox.surveyor import Surveyor
from runner.sandbox.world import World
from runner.workspace.findings import Survey


class CellMaker:
    """Makes one cell at a time, for what a survey of the workspace found. Any thread may."""

    def __init__(self, engine: Engine, world: World, pod: Pod, surveyor: Surveyor) -> None:
        self._engine = engine
        self._world = world
        self._pod = pod
        self._surveyor = surveyor
        self._numbers = count(1)

    def parked(self, found: Survey) -> Cell:
        """A cell that waits for its call.

        Raises:
            EngineError, CellFailed: it could not be made, or is not what it has to be.
        """
        spec = self._world.cell(self._name(), self._pod.id(), self._surveyor.mounts(found))
        return self._proved(spec)

    def for_terminal(self, found: Survey, call: Call) -> Cell:
        """A cell for one call on a terminal; raises as `parked`."""
        protected = self._surveyor.mounts(found)
        return self._proved(
            self._world.terminal_cell(self._name(), self._pod.id(), protected, call)
        )

    def _name(self) -> str:
        return f"sandbox-{self._world.session}-cell-{next(self._numbers)}"

    def _proved(self, spec: ContainerSpec) -> Cell:
        cell = Cell.started(self._engine, spec, self._pod.await_network)
        try:
            self._surveyor.prove(cell.mounts(), spec.mounts)
            self._pod.await_relay()
        except BaseException:
            cell.close()
            raise
        return cell
