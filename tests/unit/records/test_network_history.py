"""The newest lines of the log come back, whatever else is in the file."""

import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from runner.errors import SandboxError
from runner.records.network_history import Wanted, newest
from runner.records.network_log import FILE, OLDER, NetworkLog


def write(folder: Path, name: str, *lines: object) -> None:
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_without_a_log_there_is_nothing(tmp_path: Path) -> None:
    assert newest(tmp_path / "absent", Wanted(), 10) == []


def test_what_was_appended_comes_back(tmp_path: Path) -> None:
    with closing(NetworkLog(tmp_path, "s", lambda _: None)) as log:
        log.append({"host": "a.example", "port": 443, "address": None})
    (line,) = newest(tmp_path, Wanted(), 10)
    assert line.pop("time")
    assert line == {"session": "s", "host": "a.example", "port": 443, "address": None}


def test_the_newest_come_last_and_the_older_file_counts(tmp_path: Path) -> None:
    write(tmp_path, OLDER, {"n": 1}, {"n": 2})
    write(tmp_path, FILE, {"n": 3}, {"n": 4})
    assert newest(tmp_path, Wanted(), 3) == [{"n": 2}, {"n": 3}, {"n": 4}]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [1, 2, 3]),
        (Wanted(call_id="c-1"), [1, 2]),
        (Wanted(host="a.example"), [1, 3]),
        (Wanted(denied_only=True), [2, 3]),
        (Wanted("c-1", "a.example", denied_only=True), []),
    ],
)
def test_lines_can_be_picked(tmp_path: Path, wanted: Wanted, numbers: list[int]) -> None:
    write(
        tmp_path,
        FILE,
        {"n": 1, "call_id": "c-1", "host": "a.example", "verdict": "allow"},
        {"n": 2, "call_id": "c-1", "host": "b.example", "verdict": "deny"},
        {"n": 3, "call_id": "c-10", "host": "a.example", "verdict": "deny"},
    )
    assert [line["n"] for line in newest(tmp_path, wanted, 10)] == numbers


def test_the_limit_counts_what_was_picked(tmp_path: Path) -> None:
    write(tmp_path, FILE, {"n": 1, "host": "a"}, {"n": 2, "host": "b"}, {"n": 3, "host": "b"})
    assert [line["n"] for line in newest(tmp_path, Wanted(host="a"), 1)] == [1]


@pytest.mark.parametrize(
    "damage",
    [b"\n", b'{"n": \n', b"\xff\xfe\n", b"[1]\n", b'"x"\n', b"[" * 10**5, b"x" * 10**6],
    ids=lambda damage: repr(damage[:20]),
)  # fmt: skip
def test_what_is_no_line_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(b'{"n": 1}\n' + damage + b'\n{"n": 2}\n')
    assert newest(tmp_path, Wanted(), 10) == [{"n": 1}, {"n": 2}]


def test_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere", {"n": 1})
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SandboxError, match="cannot be read"):
        newest(tmp_path, Wanted(), 10)
    (tmp_path / FILE).unlink()
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(SandboxError, match="not a regular file"):
        newest(tmp_path, Wanted(), 10)
