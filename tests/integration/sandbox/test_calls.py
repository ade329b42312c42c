"""What a call gives and takes: its words, its streams, its end, through a real engine."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest

from runner import Limits, Sandbox
from runner.errors import CommandRefused, ImageMissing
from runner.interfaces import Stream
from runner.sandbox.cell import Cell, Outcome
from runner.sandbox.protocol import Call
from runner.sandbox.result import Capture

pytestmark = pytest.mark.engine

EVERY_BYTE = bytes(range(256)) * 300
ODD_WORDS = [
    "", " ", "two words",
    "'", '"', "$HOME", "`id`", "\\n", "\n", "a\nb\n", "*", "~", "-n", "--",
    "é\udcff", "\x1e", "%s%b\\0101", "x" * 50_000,
]  # fmt: skip


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("workspace").resolve()
    with Sandbox(folder, limits=Limits(memory_mib=512)) as opened:
        yield opened


def test_words_arrive_as_they_are(box: Sandbox) -> None:
    result = box.run(["python3", "-c", "import sys; print(sys.argv[1:])", *ODD_WORDS])

    assert (result.exit_code, result.stderr) == (0, b"")
    assert result.stdout.text() == f"{ODD_WORDS!r}\n"


def test_variables_arrive_as_they_are(box: Sandbox) -> None:
    variables = {f"WORD_{number}": word for number, word in enumerate(ODD_WORDS)}
    code = "import os; print([v for k, v in sorted(os.environ.items()) if k[:5] == 'WORD_'])"

    result = box.run(["python3", "-c", code], environment=variables)

    assert result.stdout.text() == f"{[variables[name] for name in sorted(variables)]!r}\n"


def test_input_and_both_outputs_pass_every_byte(box: Sandbox) -> None:
    result = box.run(["tee", "/dev/stderr"], stdin=EVERY_BYTE)

    assert (result.exit_code, result.stdout, result.stderr) == (0, EVERY_BYTE, EVERY_BYTE)


def test_output_goes_to_a_sink_as_it_comes_and_whole(box: Sandbox) -> None:
    pieces: list[tuple[Stream, bytes]] = []

    class Collecting:
        def write(self, stream: Stream, data: bytes) -> None:
            pieces.append((stream, data))

    result = box.run(["head", "-c", "50M", "/dev/zero"], sink=Collecting())

    assert (result.exit_code, result.stdout) == (0, b"")
    assert {stream for stream, _ in pieces} == {Stream.STDOUT}
    assert sum(len(data) for _, data in pieces) == 50 << 20


def test_without_input_a_command_reads_an_end(box: Sandbox) -> None:
    assert box.run(["cat"]).exit_code == 0


ENDINGS = {
    "well": (["true"], 0),
    "badly": (["sh", "-c", "exit 7"], 7),
    "by a signal": (["sh", "-c", "kill -TERM $$"], 143),
    "not found": (["no-such-program"], 127),
    "not executable": (["/etc/passwd"], 126),
    "a builtin of the shell": (["eval", "true"], 127),
}


@pytest.mark.parametrize(("command", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_command_ends_with_its_own_code(box: Sandbox, command: list[str], code: int) -> None:
    result = box.run(command)

    assert (result.exit_code, result.timed_out, result.oom_killed) == (code, False, False)


def test_calls_may_be_made_from_several_threads(box: Sandbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = [box.run(["echo", str(number)]).stdout for number in range(3)]
        side_by_side = list(
            pool.map(lambda n, _: box.run(["echo", str(n)]).stdout, range(12), repeat(0))
        )

    assert said == [b"0\n", b"1\n", b"2\n"]
    assert side_by_side == [f"{number}\n".encode() for number in range(12)]


def test_every_call_has_a_cell_and_an_id_of_its_own(box: Sandbox) -> None:
    first = box.run(["sh", "-c", "echo x >/tmp/file; ls /tmp"])
    second = box.run(["ls", "/tmp"])

    assert (first.stdout, second.stdout) == (b"file\n", b"")
    assert first.summary.call_id != second.summary.call_id


def test_what_is_made_belongs_to_the_workspace_s_owner(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 1234, 2345)
    owner = tmp_path.stat()
    with Sandbox(tmp_path, pool_size=0) as box:
        assert box.run(["sh", "-c", "echo x >file; chmod 640 file"]).exit_code == 0

    made = (tmp_path / "file").stat()
    assert (made.st_uid, made.st_gid) == (owner.st_uid, owner.st_gid)
    assert stat.S_IMODE(made.st_mode) == 0o640


def test_changes_are_listed_when_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    with Sandbox(tmp_path, pool_size=0) as box:
        listed = box.run(["sh", "-c", "rm old; mkdir d; echo x >d/new"], track_changes=True)
        unlisted = box.run(["sh", "-c", "echo y >d/new"])

    assert (listed.summary.changed, unlisted.summary.changed) == (("d/new", "old"), ())


REFUSED = {
    "nothing": [],
    "an empty word": [""],
    "an option": ["-x"],
    "a NUL": ["echo", "a\0b"],
    "too much": ["echo", "x" * 131_072],
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_sent_is_refused(box: Sandbox, command: list[str]) -> None:
    with pytest.raises(CommandRefused):
        box.run(command)


def test_a_missing_image_is_said_and_nothing_runs(tmp_path: Path) -> None:
    with (
        pytest.raises(ImageMissing, match="no-such-image"),
        Sandbox(tmp_path, image="no-such-image:1") as box,
    ):
        box.run(["touch", "ran"])

    assert list(tmp_path.iterdir()) == []


def test_a_signal_before_the_command_was_sent_is_not_taken_for_passed_on(tmp_path: Path) -> None:
    told: list[bool] = []

    def attempt(cell: Cell, _: str) -> Outcome:
        told.append(opened.signal("INT"))
        return cell.run(Call((b"true",), {}, "", forwards_input=False), Capture(10), None)

    with Sandbox(tmp_path, pool_size=0) as opened:
        opened._caller.call(
            lambda before, _: opened._take(before), attempt, command="true", track_changes=False
        )

    assert told == [False]
