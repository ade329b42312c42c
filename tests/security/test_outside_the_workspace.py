"""Nothing outside the workspace can be written: by no path, no link, no handle."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import (
    DONE,
    REFUSED,
    Attempt,
    Unhardened,
    in_cell,
    python,
    running_unhardened,
    shell,
)

pytestmark = pytest.mark.engine

WRITES = {
    "the root folder": "echo x >/planted",
    "etc": "echo x >/etc/planted",
    "a file in etc": "echo x >>/etc/passwd",
    "hosts": "echo x >>/etc/hosts",
    "the host's name": "echo x >>/etc/hostname",
    "certificates": "echo x >>/etc/ssl/certs/ca-certificates.crt",
    "programs": "echo x >/usr/bin/planted",
    "a program that exists": "cp --remove-destination /bin/false /usr/bin/wget",
    "libraries": "echo x >/usr/lib/planted",
    "local programs": "echo x >/usr/local/bin/planted",
    "the home of root": "echo x >/root/.bashrc",
    "var": "echo x >/var/planted",
    "var tmp": "echo x >/var/tmp/planted",
    "removing": "rm /etc/shells",
    "renaming": "mv /etc/issue /etc/planted-issue",
    "permissions": "chmod 777 /etc/passwd",
    "the owner": "chown 12345 /etc/passwd",
    "by way of proc": "echo x >/proc/self/root/etc/planted",
    "by way of the first process": "echo x >/proc/1/root/etc/planted",
    "beside the workspace": "echo x >/workspace/../planted",
    "the controller's lifeline": "mkdir -p /run/sandbox; echo x >/run/sandbox/planted",
}


@pytest.fixture(scope="module")
def writable() -> Iterator[Unhardened]:
    """A container whose own files may be written."""
    with running_unhardened("--network=none", "--volume=/workspace") as container:
        yield container


@pytest.mark.parametrize("script", WRITES.values(), ids=WRITES.keys())
def test_nothing_of_the_image_can_be_written(
    box: Sandbox, writable: Unhardened, script: str
) -> None:
    attack = shell(f"{script}; echo done")

    assert writable.attempt(attack) == DONE
    assert in_cell(box, attack) == REFUSED


LINKS = {
    "the parent by dots": "echo x >../planted",
    "a sibling by dots": "echo x >../sibling/file",
    "a sibling whose name begins alike": "echo x >../workspace-evil/file",
    "a sibling by its own path": "echo x >$OUTSIDE/sibling/file",
    "a relative link": "ln -s ../sibling link; echo x >link/file",
    "an absolute link": "ln -s $OUTSIDE/sibling link; echo x >link/file",
    "a link to a file": "ln -s $OUTSIDE/sibling/file link; echo x >link",
    "a link to a link": "ln -s $OUTSIDE link; ln -s link/sibling more; echo x >more/file",
    "a link by way of proc": "ln -s /proc/self/cwd/../sibling link; echo x >link/file",
    "a hard link": "ln ../sibling/file name; echo x >name",
    "renaming out": "echo x >made; mv made ../sibling/file",
    "renaming in": "mv ../sibling/file mine",
    "removing": "rm ../sibling/file",
    "unpacking": "ln -s $OUTSIDE/sibling out; mkdir -p t/out; echo x >t/out/file; "
    "tar -C t -cf a.tar out/file; tar --keep-directory-symlink -xf a.tar",
}


def laid_out(outside: Path) -> Path:
    """A workspace between two neighbours."""
    for name in ("workspace", "sibling", "workspace-evil"):
        (outside / name).mkdir(parents=True)
        (outside / name / "file").write_text("before")
    return outside / "workspace"


def beside(workspace: Path) -> dict[str, str]:
    """What is outside, as it is now."""
    outside = workspace.parent
    files = [p for p in outside.rglob("*") if p.is_file() and workspace not in p.parents]
    return {str(path.relative_to(outside)): path.read_text() for path in files}


@pytest.mark.parametrize("script", LINKS.values(), ids=LINKS.keys())
def test_parents_and_siblings_cannot_be_written(tmp_path: Path, script: str) -> None:
    plain, guarded = laid_out(tmp_path / "plain"), laid_out(tmp_path / "guarded")
    before = beside(guarded)
    attack = shell(script)

    environment = {**os.environ, "OUTSIDE": str(plain.parent)}
    subprocess.run(attack, cwd=plain, env=environment, check=True)
    assert beside(plain) != before

    with Sandbox(guarded, pool_size=0, environment={"OUTSIDE": str(guarded.parent)}) as box:
        assert in_cell(box, attack) == REFUSED
    assert beside(guarded) == before


HANDLE = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
handle = (ctypes.c_char * 136)()
ctypes.memmove(handle, (128).to_bytes(4, "little"), 4)
mount = ctypes.c_int()
folder = os.open("/workspace", os.O_RDONLY)
if c.name_to_handle_at(folder, b"file", handle, ctypes.byref(mount), 0):
    raise SystemExit(1)
if c.open_by_handle_at(folder, handle, os.O_RDWR) < 0:
    raise SystemExit(1)
print("done")
"""


def test_a_file_cannot_be_opened_by_its_handle(
    box: Sandbox, workspace: Path, unhardened: Unhardened
) -> None:
    """The "shocker" attack: a handle names any file of the disk, mounted or not."""
    (workspace / "file").write_text("x")

    assert unhardened.attempt(python(HANDLE)) == DONE
    assert in_cell(box, python(HANDLE)) == REFUSED


def test_the_workspace_itself_can_be_written(box: Sandbox, workspace: Path) -> None:
    """The twin: ordinary work goes through, links within the workspace included."""
    script = "mkdir -p a; echo one >a/b; ln -s a link; echo two >>link/b; mv a/b a/c; cat link/c"

    assert in_cell(box, shell(script)) == Attempt(succeeded=True, said="one\ntwo\n")
    assert (workspace / "a" / "c").read_text() == "one\ntwo\n"


def test_a_read_only_workspace_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    attack = shell("echo x >file; echo done")

    with Sandbox(tmp_path, pool_size=0) as writable:
        assert in_cell(writable, attack) == DONE
    (tmp_path / "file").write_text("before")
    with Sandbox(tmp_path, pool_size=0, read_only=True) as box:
        assert in_cell(box, attack) == REFUSED
    assert (tmp_path / "file").read_text() == "before"
