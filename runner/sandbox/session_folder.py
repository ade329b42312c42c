"""A session's private folder on the host.

    cell/alive          a FIFO whose writing end the controller holds: a cell's lifeline
    hosts               a cell's /etc/hosts
    egress/egress.sock  where the egress proxy listens; only the pod gets to see this folder
    controller          which process the folder belongs to, for `sandbox gc`

It lies in XDG_RUNTIME_DIR, or in /tmp under a name nobody can guess: a fixed name in a folder that
others write to could be taken by another user first.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runner.sandbox.owner import is_ours_and_dead

_PREFIX = "sandbox-"


@contextmanager
def making(session: str, controller: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """The folder, mode 0700, with the lifeline held open; removed at the end."""
    folder = _parent(environment) / f"{_PREFIX}{session}-{os.urandom(8).hex()}"
    folder.mkdir(mode=0o700)  # an existing name, a link included, is an error
    try:
        (folder / "controller").write_text(controller)
        (folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        (folder / "hosts").chmod(0o644)  # whatever the umask: the cell's user may be another
        (folder / "egress").mkdir(mode=0o700)
        (folder / "cell").mkdir()
        (folder / "cell").chmod(0o755)
        lifeline = _held_open(folder / "cell" / "alive")
        try:
            yield folder
        finally:
            os.close(lifeline)
    finally:
        from shutil import rmtree  # not needed before the end; loading it takes 5 ms

        rmtree(folder, ignore_errors=True)


def folders(environment: Mapping[str, str]) -> list[Path]:
    """Folders of this user's living controllers."""
    return [folder for folder, is_dead in _of_this_user(environment) if not is_dead]


def leftover_folders(environment: Mapping[str, str]) -> list[Path]:
    """Folders of this user's dead controllers."""
    return [folder for folder, is_dead in _of_this_user(environment) if is_dead]


def _of_this_user(environment: Mapping[str, str]) -> Iterator[tuple[Path, bool]]:
    places = {_parent(environment), _parent({})}
    for folder in (folder for place in places for folder in place.glob(f"{_PREFIX}*")):
        try:
            facts = folder.lstat()
            # Before anything in it is opened: others may put anything under such a name in /tmp.
            if facts.st_uid != os.geteuid() or not stat.S_ISDIR(facts.st_mode):
                continue
            controller = (folder / "controller").read_text(errors="replace")
        except OSError:
            continue  # gone by now, or not one of these
        yield folder, is_ours_and_dead(controller)


def _held_open(fifo: Path) -> int:
    os.mkfifo(fifo, 0o644)
    # Read and write, so that opening does not wait for the first cell.
    descriptor = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
    # A cell runs as the workspace's owner, possibly the same user: nobody may open it for writing,
    # or a cell could keep others alive. Without CAP_DAC_OVERRIDE this holds for root, too.
    fifo.chmod(0o444)
    return descriptor


def _parent(environment: Mapping[str, str]) -> Path:
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and os.access(runtime, os.W_OK) and len(runtime) < 40:
        return Path(runtime)
    return Path("/tmp")  # noqa: S108 - the name inside is random, and mkdir refuses an existing one
