"""The log is one plain file of the user's own, whatever anybody put in its place or into it."""

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from runner.records import network_log
from runner.records.network_log import FILE, LONGEST_TEXT, OLDER, NetworkLog, state_folder

Entry = dict[str, str | int | float | None]
Open = Callable[..., NetworkLog]


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def open_log(tmp_path: Path, complaints: list[str]) -> Iterator[Open]:
    """Opens a log in `tmp_path/state/sandbox`, for a session of that name."""
    with ExitStack() as stack:

        def opening(session: str = "s") -> NetworkLog:
            log = NetworkLog(tmp_path / "state" / "sandbox", session, complaints.append)
            return stack.enter_context(closing(log))

        yield opening


def lines(tmp_path: Path, name: str = FILE) -> list[dict[str, object]]:
    text = (tmp_path / "state" / "sandbox" / name).read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("/var/state", "/var/state/sandbox"),
        ("", "/home/u/.local/state/sandbox"),
        ("relative", "/home/u/.local/state/sandbox"),
    ],
)
def test_it_is_where_state_belongs(variable: str, folder: str) -> None:
    assert state_folder({"XDG_STATE_HOME": variable}, Path("/home/u")) == Path(folder)
    assert state_folder({}, Path("/home/u")) == Path("/home/u/.local/state/sandbox")


def test_a_line_says_when_and_in_which_session(tmp_path: Path, open_log: Open) -> None:
    entry: Entry = {"host": "a.example", "port": 443, "address": None, "duration_ms": 1.5}
    open_log("abc").append(entry)
    (line,) = lines(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line.pop("time")))
    assert line == {"session": "abc", **entry}


def test_nobody_else_can_read_it_whatever_the_umask(tmp_path: Path, open_log: Open) -> None:
    before = os.umask(0)
    try:
        open_log().append({})
    finally:
        os.umask(before)
    folder = tmp_path / "state" / "sandbox"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_what_was_open_to_others_is_closed_to_them(tmp_path: Path, open_log: Open) -> None:
    folder = tmp_path / "state" / "sandbox"
    folder.mkdir(parents=True, mode=0o755)
    (folder / FILE).touch(0o644)
    open_log().append({})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_nothing_that_takes_time_is_loaded_before_the_first_line() -> None:
    program = "import sys, runner.records.network_log; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {"json", "asyncio", "fcntl", "datetime"}.isdisjoint(ran.stdout.split())


def test_a_session_that_contacts_nobody_leaves_nothing(tmp_path: Path, open_log: Open) -> None:
    open_log()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["a\nb", "a\x1b[2Jb", "a\u202eb", "a\x00b", 'a"\n{"verdict": "allow"}', "ä\ud800"]
)
def test_no_text_can_end_a_line_or_steer_a_terminal(
    tmp_path: Path, open_log: Open, text: str
) -> None:
    open_log().append({"host": text})
    raw = (tmp_path / "state" / "sandbox" / FILE).read_bytes()
    assert raw.count(b"\n") == 1
    assert raw.decode("ascii").rstrip("\n").isprintable()
    (line,) = lines(tmp_path)
    assert str(line["host"]).isprintable()
    assert set(line) == {"time", "session", "host"}


@pytest.mark.parametrize("text", ["x" * 100_000, "\x1b" * 100_000, "\U0001f600" * 100_000])
def test_no_text_makes_a_line_long(tmp_path: Path, open_log: Open, text: str) -> None:
    open_log().append({"command": text})
    (line,) = lines(tmp_path)
    assert len(str(line["command"])) == LONGEST_TEXT


def _link(file: Path, elsewhere: Path) -> None:
    file.symlink_to(elsewhere)


def _second_name(file: Path, elsewhere: Path) -> None:
    file.hardlink_to(elsewhere)


def _pipe(file: Path, elsewhere: Path) -> None:
    os.mkfifo(file)


def _folder(file: Path, elsewhere: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("plant", [_link, _second_name, _pipe, _folder])
def test_what_was_put_in_its_place_is_not_written_to(
    tmp_path: Path, open_log: Open, complaints: list[str], plant: Callable[[Path, Path], None]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    folder = tmp_path / "state" / "sandbox"
    folder.mkdir(parents=True)
    plant(folder / FILE, elsewhere)
    log = open_log()
    log.append({})
    log.append({})
    assert elsewhere.read_text() == "mine"
    (complaint,) = complaints
    assert complaint.startswith(f"the network log in {folder} cannot be written: ")


def test_a_plain_append_would_have_followed_the_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / FILE).symlink_to(elsewhere)
    with (tmp_path / FILE).open("a") as file:
        file.write("line")
    assert elsewhere.read_text() == "line"


def test_a_folder_that_is_a_link_is_not_used(
    tmp_path: Path, open_log: Open, complaints: list[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "sandbox").symlink_to(tmp_path / "elsewhere")
    open_log().append({})
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert len(complaints) == 1


def test_what_could_not_be_written_once_is_tried_again(
    tmp_path: Path, open_log: Open, complaints: list[str]
) -> None:
    (tmp_path / "state").write_text("in the way")
    log = open_log()
    log.append({"host": "first"})
    (tmp_path / "state").unlink()
    log.append({"host": "second"})
    assert [line["host"] for line in lines(tmp_path)] == ["second"]
    assert len(complaints) == 1


def test_a_file_that_was_removed_is_made_anew(tmp_path: Path, open_log: Open) -> None:
    log = open_log()
    log.append({"host": "first"})
    (tmp_path / "state" / "sandbox" / FILE).unlink()
    log.append({"host": "second"})
    assert [line["host"] for line in lines(tmp_path)] == ["second"]


def test_a_full_file_becomes_the_older_one_and_the_oldest_goes(
    tmp_path: Path, open_log: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_log, "MOST_BYTES", 250)
    one, other = open_log("one"), open_log("other")
    for number in range(20):
        (one if number % 3 else other).append({"n": number})
    assert (tmp_path / "state" / "sandbox" / FILE).stat().st_size <= 250
    kept = [line["n"] for name in (OLDER, FILE) for line in lines(tmp_path, name)]
    assert kept == list(range(20))[-len(kept) :]
    assert len(kept) > 2
    assert len(list((tmp_path / "state" / "sandbox").iterdir())) == 2


def test_several_controllers_write_whole_lines(
    tmp_path: Path, open_log: Open, monkeypatch: pytest.MonkeyPatch, complaints: list[str]
) -> None:
    logs = [open_log(f"s{number}") for number in range(4)]

    def write(log: NetworkLog) -> None:
        for number in range(200):
            log.append({"n": number, "command": "x" * 300})

    threads = [threading.Thread(target=write, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(tmp_path)
    assert complaints == []
    for number in range(4):
        of_one = [line["n"] for line in found if line["session"] == f"s{number}"]
        assert of_one == list(range(200))
