"""What the containers of this suite run: shell scripts, and the same as Python for the fake."""

import time

from runner.interfaces import Stream
from tests.fakes.container import FakeProcess, OutOfMemoryError, Program

BIG = 8 * 1024 * 1024
LINES = 2000

SPEAK = "printf out; printf err >&2"
COUNT = f"i=0; while [ $i -lt {LINES} ]; do echo o$i; echo e$i >&2; i=$((i + 1)); done"
FLOOD = f"yes 0123456789abcde | head -c {BIG}"
ECHO = "cat; printf end"
EXIT_7 = "exit 7"
SLEEP_AND_EXIT_7 = "sleep 2; exit 7"
WAIT = "echo ready; read -r line"
HANG = "echo ready; sleep 600"
CATCH = (
    "sh -c 'trap \"echo caught; exit 3\" TERM; echo ready; while :; do sleep 0.1; done'; "
    'echo "the first goes on: $?"'
)
NETWORK = "readlink /proc/self/ns/net; read -r line"
SIZE = "echo ready; read -r line; stty size"
READ_FILE = "cat /data/file"
WRITE_FILE = "{ printf changed >/data/file; } 2>/dev/null || printf refused"
SELF = 'echo "$GREETING"; pwd; id -u; id -g'
GORGE = "sleep 2; exec tail /dev/zero"


def _speak(process: FakeProcess) -> int:
    process.write(b"out")
    process.write(b"err", Stream.STDERR)
    return 0


def _count(process: FakeProcess) -> int:
    for number in range(LINES):
        process.write(b"o%d\n" % number)
        process.write(b"e%d\n" % number, Stream.STDERR)
    return 0


def _flood(process: FakeProcess) -> int:
    process.write(b"0123456789abcde\n" * (BIG // 16))
    return 0


def _echo(process: FakeProcess) -> int:
    while data := process.read_some():
        process.write(data)
    process.write(b"end")
    return 0


def _exit_7(_: FakeProcess) -> int:
    return 7


def _sleep_and_exit_7(_: FakeProcess) -> int:
    time.sleep(1)
    return 7


def _wait(process: FakeProcess) -> int:
    process.write(b"ready\n")
    process.read_line()
    return 0


def _hang(process: FakeProcess) -> int:
    process.write(b"ready\n")
    while True:
        process.await_signal()


def _catch(process: FakeProcess) -> int:
    process.write(b"ready\n")
    while process.await_signal() != "TERM":
        pass
    process.write(b"caught\nthe first goes on: 3\n")
    return 0


def _network(process: FakeProcess) -> int:
    process.write(process.network.encode() + b"\n")
    process.read_line()
    return 0


def _size(process: FakeProcess) -> int:
    process.write(b"ready\n")
    process.read_line()
    process.write(b"%d %d\n" % process.size)
    return 0


def _read_file(process: FakeProcess) -> int:
    process.write(process.read_file("/data/file"))
    return 0


def _write_file(process: FakeProcess) -> int:
    try:
        process.write_file("/data/file", b"changed")
    except PermissionError:
        process.write(b"refused")
    return 0


def _self(process: FakeProcess) -> int:
    spec = process.spec
    said = (spec.environment["GREETING"], spec.working_directory, str(spec.uid), str(spec.gid))
    process.write("".join(f"{line}\n" for line in said).encode())
    return 0


def _gorge(_: FakeProcess) -> int:
    time.sleep(1)
    raise OutOfMemoryError


PROGRAMS: dict[str, Program] = {
    SPEAK: _speak,
    COUNT: _count,
    FLOOD: _flood,
    ECHO: _echo,
    EXIT_7: _exit_7,
    SLEEP_AND_EXIT_7: _sleep_and_exit_7,
    WAIT: _wait,
    HANG: _hang,
    CATCH: _catch,
    NETWORK: _network,
    SIZE: _size,
    READ_FILE: _read_file,
    WRITE_FILE: _write_file,
    SELF: _self,
    GORGE: _gorge,
}
