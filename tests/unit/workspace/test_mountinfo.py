from pathlib import Path

import pytest

from runner.interfaces import Mount
from runner.workspace.mountinfo import Table, verify

HOST = """\
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
21 20 0:5 / /proc rw - proc proc rw
30 20 8:2 / /home rw - ext4 /dev/sdb1 rw
31 30 8:3 /sub /home/me/ws/data rw - ext4 /dev/sdc1 rw
""".splitlines()
ROOT = "/home/me/ws"
WORKSPACE = Mount(Path(ROOT), "/workspace", writable=True)
PIN = Mount(Path(f"{ROOT}/.git"), "/workspace/.git", writable=True)
CONFIG = Mount(Path(f"{ROOT}/.git/config"), "/workspace/.git/config")
MOUNTS = (WORKSPACE, PIN, CONFIG)

CELL = [
    "100 99 0:50 / / ro - overlay overlay rw",
    "101 100 8:2 /me/ws /workspace rw - ext4 /dev/sdb1 rw",
    "102 101 8:3 /sub /workspace/data rw - ext4 /dev/sdc1 rw",
    "103 101 8:2 /me/ws/.git /workspace/.git rw - ext4 /dev/sdb1 rw",
    "104 103 8:2 /me/ws/.git/config /workspace/.git/config ro,relatime - ext4 /dev/sdb1 rw",
]


def cell(number: int, *lines: str) -> list[str]:
    """The cell's table with other lines in place of one."""
    return [*CELL[:number], *lines, *CELL[number + 1 :]]


def test_mounts_that_are_as_asked_pass_with_the_hosts_own_mounts_in_the_folder() -> None:
    assert verify(CELL, HOST, ROOT, MOUNTS) == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (cell(4, "104 103 8:1 /etc/shadow /workspace/.git/config ro - ext4 d rw"), "/etc/shadow"),
        (cell(3, "103 101 8:2 /me/.ssh /workspace/.git rw - ext4 d rw"), "/me/.ssh"),
        (cell(4, "104 103 8:2 /me/ws/.git/config /workspace/.git/config rw - ext4 d rw"),
         "not read-only"),
        (cell(3, "103 101 8:2 /me/ws/.git /workspace/.git ro - ext4 d rw"), "not writable"),
        (cell(4), "nothing is mounted"),
        (cell(4, "104 103 8:2 /me/ws/.git/config//deleted /workspace/.git/config ro - ext4 d rw"),
         "deleted"),
        ([*CELL, "105 101 8:1 / /workspace/src rw - ext4 d rw"], "nobody asked"),
        ([*CELL, "105 104 8:2 /x /workspace/.git/config ro - ext4 d rw"], "'/x'"),
        ([*CELL, "105 101 8:2 /me/ws /workspace rw - ext4 d rw"], "nothing is mounted"),
        ([*CELL, "nonsense"], "not a line"),
        ([], "no root"),
    ],
    ids=[
        "a file of the host", "a folder of the host", "writable", "read-only", "missing", "deleted",
        "one too many", "stacked on top", "hidden by a later mount", "nonsense", "nothing",
    ],
)  # fmt: skip
def test_every_difference_is_a_problem(lines: list[str], problem: str) -> None:
    problems = verify(lines, HOST, ROOT, MOUNTS)
    assert any(problem in one for one in problems), problems


def test_a_file_system_that_is_read_only_as_a_whole_counts_as_read_only() -> None:
    lines = cell(4, "104 103 8:2 /me/ws/.git/config /workspace/.git/config rw - ext4 d ro")
    assert verify(lines, HOST, ROOT, MOUNTS) == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", ("8:1", "/")),
        ("/etc/x", ("8:1", "/etc/x")),
        ("/home", ("8:2", "/")),
        ("/home2/x", ("8:1", "/home2/x")),
        ("/home/me/ws", ("8:2", "/me/ws")),
        ("/home/me/ws/data", ("8:3", "/sub")),
        ("/home/me/ws/data/x", ("8:3", "/sub/x")),
    ],
)
def test_a_path_is_placed_by_the_mount_that_is_seen_there(
    path: str, place: tuple[str, str]
) -> None:
    assert Table(HOST).place(path) == place


def test_a_later_mount_further_up_hides_those_below() -> None:
    hidden = [*HOST, "40 30 8:9 / /home rw - ext4 d rw"]
    assert Table(hidden).place("/home/me/ws/data/x") == ("8:9", "/me/ws/data/x")


def test_the_first_of_two_roots_is_hidden_by_the_second() -> None:
    table = Table(["1 1 0:2 / / rw - rootfs rootfs rw", "20 1 8:1 / / rw - ext4 d rw"])
    assert table.place("/x") == ("8:1", "/x")


def test_escaped_and_strange_names_are_read_as_bytes() -> None:
    lines = [
        "20 1 8:1 / / rw - ext4 d rw",
        "30 20 8:2 /a\\040b\\134\\012 /w\\303\\274\\377\u2003x rw master:1 - ext4 d rw",
    ]
    assert Table(lines).place("/wü\udcff\u2003x/y") == ("8:2", "/a b\\\n/y")


def test_this_machines_own_table_is_read(tmp_path: Path) -> None:
    lines = Path("/proc/self/mountinfo").read_text().split("\n")
    device, place = Table(lines).place(str(tmp_path))
    assert ":" in device
    assert place.endswith(tmp_path.name)
