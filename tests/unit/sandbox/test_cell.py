"""One cell, one command: its output and status come out, and every way it can end is told."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event

import pytest

from runner.errors import CellFailed, EngineError
from runner.interfaces import ContainerSpec, Image, Limits, OwnNetwork, Stream
from runner.sandbox.cell import Cell, Gone, TimedOut
from runner.sandbox.protocol import Call, Status
from tests.fakes.cell_program import Command, cell_program, terminal_program
from tests.fakes.container import FakeProcess, OutOfMemoryError, Program
from tests.fakes.engine import FakeEngine

LABEL = "sandbox.test"
CALL = Call((b"echo", b"\n\\"), {"A": b"\xff"}, "http://x@127.0.0.1:3128", forwards_input=True)


@dataclass
class Pieces:
    """A sink that keeps what it is given."""

    found: list[tuple[Stream, bytes]] = field(default_factory=list)

    def write(self, stream: Stream, data: bytes) -> None:
        self.found.append((stream, data))

    def of(self, stream: Stream) -> bytes:
        return b"".join(data for which, data in self.found if which is stream)


def spec(*, terminal: bool = False) -> ContainerSpec:
    return ContainerSpec(
        name="cell",
        image="image",
        command=("/bin/sh", "-c", "cell.sh"),
        uid=1,
        gid=1,
        network=OwnNetwork(),
        limits=Limits(),
        labels={LABEL: "yes"},
        terminal=terminal,
    )


class Bench:
    """Engines with one program, whose containers are removed in the end."""

    def __init__(self) -> None:
        self.engines: list[FakeEngine] = []

    def cell(self, program: Program, *, terminal: bool = False) -> tuple[FakeEngine, Cell]:
        self.engines.append(FakeEngine({"cell.sh": program}, {"image": Image("sha256:1")}))
        engine = self.engines[-1]
        return engine, Cell.started(engine, spec(terminal=terminal), lambda: None)

    def ready(self, command: Command) -> tuple[FakeEngine, Cell]:
        engine, cell = self.cell(cell_program(command))
        cell.mounts()
        return engine, cell

    def close(self) -> None:
        for engine in self.engines:
            engine.is_reachable = True
            for container in engine.owned(LABEL):
                engine.remove(container.id)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def hang(process: FakeProcess, _: Call) -> int:
    while True:
        process.await_signal()


def test_the_call_arrives_and_its_output_and_status_come_back(bench: Bench) -> None:
    calls: list[Call] = []

    def command(process: FakeProcess, call: Call) -> int:
        calls.append(call)
        process.write(b"out")
        process.write(b"err", Stream.STDERR)
        return 42

    _, cell = bench.ready(command)
    sink = Pieces()

    assert cell.run(CALL, sink, None) == Status(42, 0)
    assert calls == [CALL]
    assert (sink.of(Stream.STDOUT), sink.of(Stream.STDERR)) == (b"out", b"err")


def test_output_is_passed_on_while_the_command_runs(bench: Bench) -> None:
    seen = Event()

    class Watching(Pieces):
        def write(self, stream: Stream, data: bytes) -> None:
            super().write(stream, data)
            seen.set()

    def command(process: FakeProcess, _: Call) -> int:
        process.write(b"first")
        return 0 if seen.wait(60) else 1

    _, cell = bench.ready(command)

    assert cell.run(CALL, Watching(), None) == Status(0, 0)


def test_input_is_passed_on_and_ended(bench: Bench) -> None:
    def command(process: FakeProcess, _: Call) -> int:
        while data := process.read_some():
            process.write(data)
        return 0

    _, cell = bench.ready(command)
    sink = Pieces()
    pieces = iter([b"one ", bytes(range(256)), b""])

    assert cell.run(CALL, sink, None, lambda: next(pieces)) == Status(0, 0)
    assert sink.of(Stream.STDOUT) == b"one " + bytes(range(256))


def test_a_command_that_reads_nothing_does_not_wait_for_its_input(bench: Bench) -> None:
    hold = Event()

    def read() -> bytes:
        hold.wait(60)
        return b""

    _, cell = bench.ready(lambda *_: 0)

    assert cell.run(CALL, Pieces(), None, read) == Status(0, 0)
    hold.set()


def test_a_silent_command_runs_out_of_time(bench: Bench) -> None:
    _, cell = bench.ready(hang)

    assert cell.run(CALL, Pieces(), 0.05) == TimedOut()


def test_output_without_pause_does_not_outrun_the_time_limit(bench: Bench) -> None:
    def command(process: FakeProcess, _: Call) -> int:
        while True:
            process.write(b"y\n")
            time.sleep(0)

    _, cell = bench.ready(command)

    assert cell.run(CALL, Pieces(), 0.05) == TimedOut()


def exhaust_memory(process: FakeProcess, _: Call) -> int:
    process.write(b"out\x1e")  # might begin a status
    raise OutOfMemoryError


def test_a_cell_that_is_killed_as_a_whole_is_gone_and_its_output_is_not_lost(bench: Bench) -> None:
    _, cell = bench.ready(exhaust_memory)
    sink = Pieces()

    outcome = cell.run(CALL, sink, None)

    assert outcome in {Gone(137, oom_killed=True), Gone(137, oom_killed=False)}
    assert sink.of(Stream.STDOUT) == b"out\x1e"


def test_a_cell_that_was_removed_before_its_call_is_gone(bench: Bench) -> None:
    engine, cell = bench.ready(hang)
    engine.remove(cell.id)

    assert cell.run(CALL, Pieces(), None) == Gone(137, oom_killed=False)


def test_an_engine_that_is_gone_is_an_error_and_not_an_outcome(bench: Bench) -> None:
    engine, cell = bench.ready(hang)
    engine.remove(cell.id)
    engine.is_reachable = False

    with pytest.raises(EngineError):
        cell.run(CALL, Pieces(), None)


def test_what_a_sink_raises_ends_the_call(bench: Bench) -> None:
    class Full:
        def write(self, stream: Stream, data: bytes) -> None:
            raise BrokenPipeError

    def command(process: FakeProcess, _: Call) -> int:
        process.write(b"out")
        return 0

    _, cell = bench.ready(command)

    with pytest.raises(BrokenPipeError):
        cell.run(CALL, Full(), None)


def test_a_cell_shows_its_mounts_when_it_is_ready(bench: Bench) -> None:
    program = cell_program(lambda *_: 0, mounts=b"1 2 / / rw\n2 3 /a\\040b\xff /workspace rw\n")
    _, cell = bench.cell(program)

    lines = [line for line in cell.mounts() if line]

    assert lines == ["1 2 / / rw", "2 3 /a\\040b\udcff /workspace rw"]


def test_a_cell_that_ends_before_it_is_ready_is_an_error_with_its_last_words(bench: Bench) -> None:
    def program(process: FakeProcess) -> int:
        process.write(b"sh: bad\x1b[2J interpreter\n", Stream.STDERR)
        return 2

    _, cell = bench.cell(program)

    with pytest.raises(
        CellFailed, match=r"ended before it was ready\. .*bad.*interpreter"
    ) as caught:
        cell.mounts()

    assert "\x1b" not in str(caught.value)


def test_a_container_whose_network_fails_is_removed(bench: Bench) -> None:
    engine = FakeEngine({}, {"image": Image("sha256:1")})

    def fail() -> None:
        raise CellFailed("The pod ended.")

    with pytest.raises(CellFailed, match="The pod ended"):
        Cell.started(engine, spec(), fail)

    assert engine.owned(LABEL) == []


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(Cell.release, id="release"),
        pytest.param(Cell.close, id="close"),
        pytest.param(Cell.kill, id="kill"),
    ],
)
def test_a_parked_cell_is_gone_when_it_is_let_go(bench: Bench, end: Callable[[Cell], None]) -> None:
    engine, cell = bench.ready(lambda *_: 0)

    end(cell)
    engine.await_removed(cell.id)

    assert engine.owned(LABEL) == []


def test_a_signal_reaches_the_command(bench: Bench) -> None:
    def command(process: FakeProcess, _: Call) -> int:
        process.write(process.await_signal().encode())
        return 0

    _, cell = bench.ready(command)
    cell.signal("INT")
    sink = Pieces()

    assert cell.run(CALL, sink, None) == Status(0, 0)
    assert sink.of(Stream.STDOUT) == b"INT"


def test_on_a_terminal_nothing_from_before_the_command_is_shown(bench: Bench) -> None:
    def command(process: FakeProcess, _: Call) -> int:
        process.write(b"%d x %d " % process.size)
        process.write(process.read_line())
        return 3

    _, cell = bench.cell(terminal_program(command), terminal=True)
    cell.mounts()
    cell.resize(40, 100)
    sink, pieces = Pieces(), iter([b"typed\r", b""])

    assert cell.run_terminal(sink, None, lambda: next(pieces)) == Status(3, 0)
    shown = sink.of(Stream.STDOUT)
    assert sorted(shown.split()) == sorted(b"40 x 100 typed typed".split())  # typed, and echoed
    assert sink.of(Stream.STDERR) == b""
