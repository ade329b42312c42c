"""Parked cells: each is handed out once, to a call it was made for, or let go."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest

from runner.errors import CellFailed
from runner.sandbox.cell import Cell
from runner.sandbox.pool import Pool
from runner.workspace.findings import Survey
from tests.contract.lab import eventually
from tests.fakes.channel import ScriptedChannel
from tests.fakes.engine import FakeEngine
from tests.fakes.surveys import survey

MONDAY, TUESDAY = survey("monday"), survey("tuesday")


class WatchedCell(Cell):
    """A cell whose mounts somebody can tell about; `FakeEngine` cannot."""

    is_stale = False

    def is_as_proved(self) -> bool:
        return not self.is_stale


class Workshop:
    """Makes cells without containers, and remembers for which survey, and which were let go."""

    def __init__(self) -> None:
        self.made: dict[str, Survey] = {}
        self.cells: list[WatchedCell] = []
        self.released: list[str] = []
        self.failure: Exception | None = None
        """What every attempt ends with for now."""
        self.failed = 0
        self._open = threading.Event()
        self._open.set()
        self._numbers = count(1)
        self._lock = threading.Lock()

    def make(self, found: Survey) -> Cell:
        self._open.wait()
        with self._lock:
            if self.failure is not None:
                self.failed += 1
                raise self.failure
            number = next(self._numbers)
            cell = WatchedCell(FakeEngine({}, {}), f"cell-{number}", ScriptedChannel())
            self.made[cell.id] = found
            self.cells.append(cell)
            return cell

    def release(self, cell: Cell) -> None:
        self.released.append(cell.id)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Nothing gets finished meanwhile."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def opened(workshop: Workshop) -> Iterator[Callable[..., Pool]]:
    """Makes pools of the workshop's cells, and closes them."""
    pools = []

    def open_pool(size: int, *, refill: bool = True) -> Pool:
        pools.append(Pool(workshop.make, workshop.release, size, refill=refill))
        return pools[-1]

    yield open_pool
    for pool in pools:
        pool.close()


def makers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cell maker"]


@pytest.mark.parametrize("refill", [True, False])
@pytest.mark.parametrize("size", [0, 1, 3])
def test_no_cell_is_handed_out_twice(
    workshop: Workshop, opened: Callable[..., Pool], size: int, refill: bool
) -> None:
    pool = opened(size, refill=refill)

    taken = [pool.take(MONDAY).id for _ in range(10)]

    assert len(set(taken)) == 10
    assert set(taken) <= workshop.made.keys()


def test_as_many_cells_as_asked_for_wait(workshop: Workshop, opened: Callable[..., Pool]) -> None:
    pool = opened(3)

    pool.warm(MONDAY)

    assert eventually(lambda: len(workshop.made) == 3)
    pool.take(MONDAY)
    assert eventually(lambda: len(workshop.made) == 4)


def test_without_refill_only_the_first_ones_are_made_ahead(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(2, refill=False)

    pool.warm(MONDAY)
    taken = {pool.take(MONDAY).id for _ in range(2)}
    pool.close()

    assert workshop.made.keys() - set(workshop.released) == taken


def test_a_pool_of_no_size_makes_each_cell_when_it_is_asked_for(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(0)

    pool.warm(MONDAY)
    assert workshop.made == {}

    assert [pool.take(MONDAY).id, pool.take(TUESDAY).id] == ["cell-1", "cell-2"]
    assert (workshop.made, makers()) == ({"cell-1": MONDAY, "cell-2": TUESDAY}, [])


def test_cells_of_another_survey_are_let_go(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(2)
    pool.warm(MONDAY)
    assert eventually(lambda: len(workshop.made) == 2)

    taken = pool.take(TUESDAY)
    pool.close()

    of_monday = {name for name, found in workshop.made.items() if found is MONDAY}
    assert workshop.made[taken.id] is TUESDAY
    assert of_monday <= set(workshop.released)
    assert taken.id not in workshop.released


def test_cells_of_an_equal_survey_are_kept(workshop: Workshop, opened: Callable[..., Pool]) -> None:
    pool = opened(1)
    pool.warm(MONDAY)

    taken = pool.take(survey("monday"))

    assert workshop.made[taken.id] is MONDAY
    assert workshop.released == []


def test_a_cell_whose_mounts_changed_while_it_waited_is_let_go(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(1)
    pool.warm(MONDAY)
    assert eventually(lambda: len(workshop.cells) == 1)
    workshop.cells[0].is_stale = True

    taken = pool.take(MONDAY)

    assert workshop.released == [workshop.cells[0].id]
    assert taken.id != workshop.cells[0].id


def test_a_cell_that_is_finished_too_late_for_its_survey_is_let_go(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(1)
    with workshop.shut():
        pool.warm(MONDAY)
        assert eventually(lambda: len(makers()) == 1)
        pool.warm(TUESDAY)

    taken = pool.take(TUESDAY)
    pool.close()

    assert workshop.made[taken.id] is TUESDAY
    assert {name for name, found in workshop.made.items() if found is MONDAY} <= set(
        workshop.released
    )


def taken_at_last(pool: Pool) -> Cell:
    """A cell, once what makers had begun before has failed as well."""
    for _ in range(10):
        try:
            return pool.take(MONDAY)
        except CellFailed:
            continue
    return pool.take(MONDAY)


@pytest.mark.parametrize("size", [0, 1, 2])
@pytest.mark.parametrize("refill", [True, False])
def test_a_failure_reaches_the_taker_and_later_there_are_cells_again(
    workshop: Workshop, opened: Callable[..., Pool], size: int, refill: bool
) -> None:
    workshop.failure = CellFailed("The disk is full.")
    pool = opened(size, refill=refill)

    with pytest.raises(CellFailed, match="The disk is full"):
        pool.take(MONDAY)
    workshop.failure = None

    assert taken_at_last(pool).id in workshop.made


@pytest.mark.parametrize("size", [0, 2])
@pytest.mark.parametrize("failure", [OSError("gone"), ValueError("odd")], ids=repr)
def test_also_a_failure_that_nobody_foresaw_reaches_the_taker(
    workshop: Workshop, opened: Callable[..., Pool], size: int, failure: Exception
) -> None:
    workshop.failure = failure
    pool = opened(size)

    with pytest.raises(type(failure)) as caught:
        pool.take(MONDAY)

    assert caught.value is failure


def test_a_failure_of_another_survey_reaches_nobody(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    workshop.failure = CellFailed("Monday is broken.")
    pool = opened(1)
    pool.warm(MONDAY)
    assert eventually(lambda: workshop.failed > 0)
    workshop.failure = None

    assert workshop.made[pool.take(TUESDAY).id] is TUESDAY


def test_closing_lets_go_of_every_cell_and_ends_every_thread(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(3)
    taken = [pool.take(MONDAY).id for _ in range(2)]

    pool.close()
    pool.close()

    assert sorted([*taken, *workshop.released]) == sorted(workshop.made)
    assert makers() == []


def test_closing_waits_for_a_cell_that_is_being_made(
    workshop: Workshop, opened: Callable[..., Pool]
) -> None:
    pool = opened(1)
    with ThreadPoolExecutor(1) as threads:
        with workshop.shut():
            pool.warm(MONDAY)
            assert eventually(lambda: len(makers()) == 1)
            closing = threads.submit(pool.close)
        closing.result()

    assert sorted(workshop.released) == sorted(workshop.made)
    assert makers() == []


@pytest.mark.parametrize("size", [1, 4])
def test_many_threads_get_a_cell_each(
    workshop: Workshop, opened: Callable[..., Pool], size: int
) -> None:
    pool = opened(size)
    surveys = [MONDAY, TUESDAY] * 50

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(pool.take, surveys))
    pool.close()

    names = [cell.id for cell in taken]
    assert [workshop.made[name] for name in names] == surveys
    assert sorted([*names, *workshop.released]) == sorted(workshop.made)
    assert makers() == []
