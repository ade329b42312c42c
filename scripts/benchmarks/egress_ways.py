"""The ways to a server that are compared: none between, tinyproxy, and ours; each as variables."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from runner.egress.names import Address
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.records.network_log import NetworkLog
from scripts.benchmarks.progress import say

NAME = "localhost"
"""The only name whose rule reaches loopback; it is resolved and judged like any other."""

NUMBER = "127.0.0.1"

_HERE = Path(__file__).parent
_STARTED_WITHIN_SECONDS = 10.0


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server in processes of its own."""
    words = [sys.executable, "-I", "-S", str(_HERE / "egress_server.py")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def our_proxy(port: int) -> Iterator[dict[str, str]]:
    """The real proxy with a rule for the server, in this process, as in a session."""
    rules = EgressRules.from_sources([(f"{NAME}:{port}", COMMAND_LINE)])
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
        path = Path(folder, "egress.sock")
        with (
            closing(NetworkLog(Path(folder, "log"), "bench", say)) as log,
            EgressProxy(path, rules, resolve=_resolved, log=log.append) as proxy,
        ):
            yield {"https_proxy": f"http://{proxy.admit('bench')}@{path}"}


def _resolved(_: str) -> tuple[Address, ...]:
    return (ip_address(NUMBER),)


@contextmanager
def tinyproxy() -> Iterator[dict[str, str] | None]:
    """Debian's tinyproxy, as it comes, for this machine alone; `None` where it is missing."""
    program = shutil.which("tinyproxy", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        say("  tinyproxy is missing here: left out")
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
        port, settings = _free_port(), Path(folder, "tinyproxy.conf")
        lines = [f"Port {port}", f"Listen {NUMBER}", f"Allow {NUMBER}", "MaxClients 1024"]
        # It waits for the disk after every line of its log: at "Info" that is most of what it does.
        settings.write_text("\n".join([*lines, f'LogFile "{folder}/log"', "LogLevel Critical", ""]))
        with subprocess.Popen(
            [program, "-d", "-c", settings], stdout=subprocess.DEVNULL
        ) as process:
            try:
                _await(port)
                yield {"https_proxy": f"http://@{NUMBER}:{port}"}
            finally:
                process.kill()


def _free_port() -> int:
    with socket.create_server((NUMBER, 0)) as taken:
        return int(taken.getsockname()[1])


def _await(port: int) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection((NUMBER, port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError("tinyproxy does not start") from None
            time.sleep(0.05)
        else:
            return
