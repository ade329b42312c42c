"""A call sees nothing of another that runs at the same time, or ran before."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import (
    REFUSED,
    Attempt,
    Unhardened,
    eventually,
    in_cell,
    python,
    running_unhardened,
    shell,
)

pytestmark = pytest.mark.engine

# One call hides a secret in every place of its own, and waits.
HIDE = """
import ctypes, os, time
for folder in ("/tmp", os.path.expanduser("~"), "/dev/shm"):
    os.makedirs(folder, exist_ok=True)
    open(f"{folder}/hidden", "w").write("s3cret")
c = ctypes.CDLL(None)
c.shmat.restype = ctypes.c_void_p
place = c.shmat(c.shmget(4242, 4096, 0o1666), None, 0)
ctypes.memmove(place, b"s3cret", 6)
open("/workspace/hiding", "w").close()
while not os.path.exists("/workspace/found"):
    time.sleep(0.02)
"""
SHARED = """
import ctypes
c = ctypes.CDLL(None)
c.shmat.restype = ctypes.c_void_p
segment = c.shmget(4242, 4096, 0o666)
if segment < 0:
    raise SystemExit(1)
print(ctypes.string_at(c.shmat(segment, None, 0), 6).decode())
"""
MEMORY = """
import glob, os
for place in glob.glob("/proc/[0-9]*/maps"):
    if f"/{os.getpid()}/" in place or "/1/" in place:
        continue
    with open(place) as maps, open(place.replace("maps", "mem"), "rb", 0) as memory:
        for line in maps:
            if "[stack]" in line:
                first, last = (int(text, 16) for text in line.split()[0].split("-"))
                memory.seek(first)
                if b"xxx-" + b"s3cret" in memory.read(last - first):
                    print("s3cret")
                    raise SystemExit(0)
raise SystemExit(1)
"""
SEARCHES = {
    "its temporary files": shell("cat /tmp/hidden; echo"),
    "its home": shell("cat ~/hidden; echo"),
    "its shared memory files": shell("cat /dev/shm/hidden; echo"),
    "its shared memory": python(SHARED),
    "its environment": shell(
        "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -m1 ^SECRET= | cut -d= -f2 | grep ."
    ),
    "its files by way of proc": shell(
        "for f in /proc/[0-9]*/root/tmp/hidden; do cat $f; echo; break; done"
    ),
    "its command line": shell("grep -qa 'x[x]x-s3cret' /proc/[0-9]*/cmdline; echo s3cret"),
    "its memory": python(MEMORY),
}  # fmt: skip
FOUND = Attempt(succeeded=True, said="s3cret\n")


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES.keys())
def test_a_call_sees_nothing_of_one_beside_it(tmp_path: Path, search: list[str]) -> None:
    hide = [*python(HIDE), "xxx-s3cret"]
    plain, guarded = tmp_path / "plain", tmp_path / "guarded"
    plain.mkdir()
    guarded.mkdir()

    options = ("--network=none", f"--volume={plain}:/workspace", "--env=SECRET=s3cret")
    with running_unhardened(*options) as container, ThreadPoolExecutor(1) as pool:
        hiding = pool.submit(container.attempt, hide)
        assert eventually((plain / "hiding").exists)
        found = container.attempt(search)
        (plain / "found").touch()
        hiding.result()
    assert found == FOUND

    with Sandbox(guarded, pool_size=0) as box, ThreadPoolExecutor(1) as pool:
        running = pool.submit(box.run, hide, environment={"SECRET": "s3cret"}, timeout_seconds=60)
        assert eventually((guarded / "hiding").exists)
        beside = in_cell(box, search)
        (guarded / "found").touch()
        assert running.result().exit_code == 0
        after = in_cell(box, search)
    assert (beside, after) == (REFUSED, REFUSED)


def test_a_call_sees_no_process_but_its_own(box: Sandbox, unhardened: Unhardened) -> None:
    count = shell("ls -d /proc/[0-9]* | wc -l; kill -0 $(($$ - 1)) 2>&- || true")
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(box.run, ["sleep", "3"])
        few = int(in_cell(box, count).said)
        assert beside.result().exit_code == 0

    with running_unhardened("--network=none", "--pid=host") as container:
        assert int(container.attempt(count).said) > few
    assert few <= 6


def test_calls_share_the_workspace(tmp_path: Path) -> None:
    """The twin: that is what it is for."""
    with Sandbox(tmp_path, pool_size=0) as box:
        assert in_cell(box, shell("echo one >file")).succeeded
        assert in_cell(box, shell("cat file")) == Attempt(succeeded=True, said="one\n")
