"""A command has no privilege and gains none, and the kernel's interfaces are closed to it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner import Sandbox
from runner.engines.endpoint import socket_path
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

CALL = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
"""
FILE_CAPABILITY = """
import os, shutil, struct
shutil.copy("/bin/cat", "/tmp/cat")
os.setxattr("/tmp/cat", "security.capability", struct.pack("<5I", 0x02000001, 2, 0, 0, 0))
print("done")
"""
MOUNT = (
    CALL
    + """
os.makedirs("/tmp/m", exist_ok=True)
if c.mount({source!r}, {target!r}, {kind!r}, {flags}, None):
    raise SystemExit(1)
print("done")
"""
)
UNMOUNT = f"{CALL}\nif c.umount2(b'/etc/hosts', 2):\n    raise SystemExit(1)\nprint('done')"
BIND, AGAIN_BIND = 4096, 32 | 4096


def mounting(source: bytes, target: bytes, kind: bytes, flags: int = 0) -> list[str]:
    """mount(2)."""
    return python(MOUNT.format(source=source, target=target, kind=kind, flags=flags))


ATTACKS = {
    "mounting memory": mounting(b"none", b"/tmp/m", b"tmpfs"),
    "mounting proc": mounting(b"none", b"/tmp/m", b"proc"),
    "mounting a folder on another": mounting(b"/tmp", b"/mnt", b"", BIND),
    "mounting again, writable": mounting(b"none", b"/etc/hostname", b"", AGAIN_BIND),
    "unmounting": python(UNMOUNT),
    "a user namespace": shell("unshare --user --map-root-user true; echo done"),
    "a mount namespace": shell("unshare --mount true; echo done"),
    "a network namespace": shell("unshare --net true; echo done"),
    "the first process's namespaces": shell("nsenter --target 1 --mount true; echo done"),
    "a device": shell("mknod /tmp/d c 1 3; echo done"),
    "another root": python("import os; os.chroot('/usr'); print('done')"),
    "a capability of a file": python(FILE_CAPABILITY),
    "another user": python("import os; os.setgid(7); os.setuid(7); print('done')"),
    "the owner of a file": shell("touch /tmp/f; chown 7:7 /tmp/f; echo done"),
    "the host name": shell("hostname planted; echo done"),
    "the kernel's settings": shell(
        "value=$(cat /proc/sys/vm/swappiness); echo $value >/proc/sys/vm/swappiness; echo done"
    ),
    "the kernel's modules": shell(
        "file=/sys/module/printk/parameters/time; value=$(cat $file); echo $value >$file; echo done"
    ),
    "the priority of others": python("import os; os.nice(-5); print('done')"),
}  # fmt: skip


@pytest.fixture(scope="module")
def powerful() -> Iterator[Unhardened]:
    """Here these attacks may change what is the container's own: not the host's network or name."""
    with running_unhardened(
        "--network=none", "--cap-add=SYS_NICE", "--volume=/sys:/sys"
    ) as container:
        yield container


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_command_gains_no_privilege(
    box: Sandbox, powerful: Unhardened, attack: list[str]
) -> None:
    assert powerful.attempt(attack) == DONE
    assert in_cell(box, attack) == REFUSED


# passwd belongs to root and has the set-user-ID bit; it waits for a password.
SET_USER_ID = shell(
    "mkfifo /tmp/never; passwd </tmp/never >/dev/null 2>&1 & exec 9>/tmp/never; sleep 1; "
    "awk '/^Uid/ { exit $3 != 0 }' /proc/$!/status && echo done"
)


def test_a_set_user_id_program_gives_nothing(user_box: Sandbox, powerful: Unhardened) -> None:
    assert powerful.attempt(SET_USER_ID, "--user=1000:1000") == DONE
    assert in_cell(user_box, SET_USER_ID) == REFUSED


FACTS = shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
CONFINED = "".join(f"Cap{kind}:\t{0:016x}\n" for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"))
CONFINED += "NoNewPrivs:\t1\nSeccomp:\t2\n"


def test_all_capabilities_are_gone(box: Sandbox, powerful: Unhardened) -> None:
    confined = Attempt(succeeded=True, said=CONFINED)

    assert powerful.attempt(FACTS) != confined
    assert in_cell(box, FACTS) == confined


def test_a_command_runs_as_the_workspace_s_owner(user_box: Sandbox, powerful: Unhardened) -> None:
    owner = Attempt(succeeded=True, said="yes\n")
    same = shell('[ "$(id -u):$(id -g)" = "$(stat -c %u:%g ${W:-/workspace})" ] && echo yes')

    assert powerful.attempt(same, "--user=1234:1234", "--env=W=/") == REFUSED
    assert in_cell(user_box, same) == owner


PING = shell(
    "for path in $ENGINE /run/docker.sock /run/podman/podman.sock; do "
    "curl -sf -m 5 --noproxy '*' --unix-socket $path http://engine/_ping && exit 0; done; exit 1"
)


def test_the_engine_cannot_be_reached(tmp_path: Path) -> None:
    engine = socket_path(os.environ, Path.home())
    options = ("--network=none", f"--volume={engine}:{engine}", f"--env=ENGINE={engine}")
    with running_unhardened(*options) as container:
        assert container.attempt(PING) == Attempt(succeeded=True, said="OK")

    with Sandbox(tmp_path, pool_size=0, environment={"ENGINE": engine}) as box:
        assert in_cell(box, PING) == REFUSED


DEVICES = shell("find /dev \\( -type b -o -type c \\) -printf '%f\\n' | sort | tr '\\n' ' '")
USUAL = "full null random tty urandom zero "


def test_there_are_no_devices_of_the_host(box: Sandbox) -> None:
    with running_unhardened("--network=none", "--device=/dev/kmsg") as container:
        assert container.attempt(DEVICES) != Attempt(succeeded=True, said=f"ptmx {USUAL}")
        assert "kmsg" in container.attempt(DEVICES).said

    assert in_cell(box, DEVICES).said.replace("ptmx ", "") == USUAL


MASKED = shell("cat /proc/keys /proc/timer_list /sys/firmware/* 2>&- | head -c 1 | wc -c")


def test_what_tells_of_the_kernel_is_masked(box: Sandbox, powerful: Unhardened) -> None:
    assert powerful.attempt(MASKED) == Attempt(succeeded=True, said="1\n")
    assert in_cell(box, MASKED) == Attempt(succeeded=True, said="0\n")
