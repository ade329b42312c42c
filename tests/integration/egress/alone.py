"""A proxy in a process of its own, as in a controller, that tells what it holds.

usage: python -m tests.integration.egress.alone SOCKET [unbounded]
Says its credentials; then, for every line it reads, a `Held` as JSON. A line `dismiss` ends the
call first. At the end of its input it closes the proxy, and says once more what it holds. With
`unbounded` relays share no bound on their memory, and as much as possible is read at once.
"""

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.egress import room
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from tests.integration.egress.world import TIMEOUT_SECONDS, Client

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds; `peak_mib` is the most it ever did."""

    files: int
    tasks: int
    threads: int
    peak_mib: float


class Alone:
    """The other process, from outside."""

    def __init__(self, process: subprocess.Popen[str], path: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self.path = path
        self.credentials = self._out.readline().strip()

    def held(self, line: str = "") -> Held:
        """What it holds now."""
        self._in.write(line + "\n")
        self._in.flush()
        return Held(**json.loads(self._out.readline()))

    def comes_to_hold(self, files: int, tasks: int) -> Held:
        """What it holds as soon as it is no more than that, or at last."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (held := self.held()).files > files or held.tasks > tasks:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        return held

    def settled_peak_mib(self) -> float:
        """The most memory it ever had, when that has not grown for a while."""
        peaks = [self.held().peak_mib]
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while peaks[-1] != peaks[-10:][0] or len(peaks) < 10:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
            peaks.append(self.held().peak_mib)
        return peaks[-1]

    def closed(self) -> Held:
        """What it holds when the proxy is closed."""
        self._in.close()
        return Held(**json.loads(self._out.readline()))


@contextmanager
def alone(folder: Path, *options: str) -> Iterator[Alone]:
    """A proxy that lets every call reach loopback, in a process of its own."""
    folder.chmod(0o700)
    path = folder / "egress.sock"
    words = [sys.executable, "-m", __name__, str(path), *options]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Alone(process, path)
        finally:
            process.kill()


def _held() -> Held:
    gc.collect()
    tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task)]
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    files = len(list(Path("/proc/self/fd").iterdir()))
    return Held(files, sum(not each.done() for each in tasks), threading.active_count(), peak)


def _say(held: Held) -> None:
    sys.stdout.write(f"{json.dumps(asdict(held))}\n")
    sys.stdout.flush()


def main(path: Path, *options: str) -> None:
    """The process."""
    if "unbounded" in options:
        room.MOST, room.SIP = 1 << 40, room.LARGEST_PIECE
    rules = EgressRules.from_sources([("127.0.0.1", COMMAND_LINE)])
    with EgressProxy(path, rules) as proxy:
        with Client(path, proxy.admit("first")) as client:  # it loads what serves all others
            client.tunnel("example.com:80")
        proxy.dismiss("first")
        sys.stdout.write(f"{proxy.admit('call')}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            if line.strip() == "dismiss":
                proxy.dismiss("call")
            _say(_held())
    _say(_held())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
