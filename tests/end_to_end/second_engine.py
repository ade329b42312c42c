"""A Docker engine of the test's own, which may be killed or filled up.

It has its own network namespace, because an engine without a bridge deletes `docker0` where it
starts, and its own mount namespace, so that whatever it mounted goes away with its processes.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.availability import cannot_run, require_root
from tests.end_to_end.conftest import POD_IMAGE

PATIENCE_SECONDS = 60.0


class SecondEngine:
    """A running engine; `environment` leads `docker` and `sandbox` to it."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.environment = {"DOCKER_HOST": f"unix://{folder}/docker.sock", "DOCKER_CONTEXT": ""}
        self._process = process
        self._namespace = ""

    def docker(self, *arguments: str) -> str:
        """Standard output of a `docker` command to this engine that has to succeed."""
        ran = subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout

    def await_answer(self) -> None:
        """Return when it answers, and remember its mount namespace."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                self.docker("version", "--format", "{{.Server.Version}}")
            except subprocess.CalledProcessError:
                time.sleep(0.1)
            else:
                self._namespace = _mount_namespace(self._process.pid)
                # Whatever lives in it is killed at the end: never may it be that of this machine.
                assert self._namespace not in {_mount_namespace(os.getpid()), "gone"}
                return
        cannot_run(f"no second engine: {(self.folder / 'log').read_text()[-500:]}")

    def load_pod_image(self) -> None:
        """Give it the small image, which is enough for a pod and for a cell."""
        with subprocess.Popen(["docker", "save", POD_IMAGE], stdout=subprocess.PIPE) as saving:
            subprocess.run(
                ["docker", "load", "--quiet"],
                env={**os.environ, **self.environment},
                stdin=saving.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )

    def fill_disk(self) -> None:
        """Leave no room where it keeps its data, which is a small file system of its own."""
        data = Path(f"/proc/{self._process.pid}/root{self.folder}/data/filler")
        with data.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return  # full

    def kill(self) -> None:
        """Kill it and its containerd, as a crash would; its containers go on without it."""
        for process in self._processes():
            command = Path(f"/proc/{process}/comm").read_text().strip()
            if command in {"dockerd", "containerd"}:
                os.kill(process, signal.SIGKILL)
        self._process.wait(PATIENCE_SECONDS)

    def containers_processes(self) -> list[int]:
        """Processes of its containers, wherever the engine itself is by now."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if f"/{self.folder.name}/" in (entry / "cgroup").read_text():
                    found.append(int(entry.name))
            except (OSError, ValueError):
                continue  # no process, or not any more
        return found

    def end(self) -> None:
        """End every process of it and of its containers, and clear up."""
        for _ in range(2):  # a shim may start something while it is looked for
            for process in (*self._processes(), *self.containers_processes()):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self._process.wait(PATIENCE_SECONDS)
        self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _processes(self) -> list[int]:
        if not self._namespace:  # it never got as far as to answer
            return [self._process.pid] if self._process.poll() is None else []
        every = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [process for process in every if _mount_namespace(process) == self._namespace]

    def _remove_cgroups(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.containers_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        tops = Path("/sys/fs/cgroup")
        for top in (*tops.glob(f"*/{self.folder.name}"), *tops.glob(self.folder.name)):
            for folder, _, _ in os.walk(top, topdown=False):
                Path(folder).rmdir()


def _mount_namespace(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/ns/mnt").readlink())
    except OSError:
        return "gone"


@contextmanager
def running(*, disk_mib: int | None = None) -> Iterator[SecondEngine]:
    """A second engine that has the pod's image; `disk_mib` bounds what it can keep."""
    require_root()
    if shutil.which("dockerd") is None:
        cannot_run("no dockerd to start a second engine with")
    folder = Path(mkdtemp(prefix="sandbox-test-engine-", dir="/tmp"))
    (folder / "data").mkdir()
    small = f"mount -t tmpfs -o size={disk_mib}m tmpfs {folder}/data && " if disk_mib else ""
    daemon = [
        "exec dockerd --bridge=none --iptables=false --ip-forward=false --ip-masq=false",
        f"--host=unix://{folder}/docker.sock --data-root={folder}/data --exec-root={folder}/exec",
        f"--pidfile={folder}/pid --cgroup-parent=/{folder.name}",
    ]
    isolation = ["unshare", "--net", "--mount", "--propagation", "slave"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*isolation, "sh", "-c", small + " ".join(daemon)], stdout=log, stderr=log
        )
    engine = SecondEngine(folder, process)
    try:
        engine.await_answer()
        engine.load_pod_image()
        yield engine
    finally:
        engine.end()
