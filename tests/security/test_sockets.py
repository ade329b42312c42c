"""No socket leads anywhere but to the proxy."""

import socket
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.greeter import Greeter, own_address
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

GREETED = Attempt(succeeded=True, said="hello")
ASK = """
import socket
client = socket.socket({family}, {kind})
client.settimeout(3)
client.connect({address!r})
client.send(b"anybody there?")
print(client.recv(5).decode(), end="")
"""
SERVICES = {
    "TCP on the host's loopback": ("AF_INET", "SOCK_STREAM", "127.0.0.1"),
    "TCP on the host's own address": ("AF_INET", "SOCK_STREAM", own_address()),
    "TCP over IPv6": ("AF_INET6", "SOCK_STREAM", "::1"),
    "UDP": ("AF_INET", "SOCK_DGRAM", "127.0.0.1"),
    "UDP, as DNS and QUIC": ("AF_INET", "SOCK_DGRAM", own_address()),
    "UDP over IPv6": ("AF_INET6", "SOCK_DGRAM", "::1"),
    "an abstract unix socket": ("AF_UNIX", "SOCK_STREAM", "\0sandbox-security-test"),
}


@pytest.mark.parametrize(("family", "kind", "address"), SERVICES.values(), ids=SERVICES.keys())
def test_no_service_of_the_host_can_be_reached(
    box: Sandbox, unhardened: Unhardened, family: str, kind: str, address: str
) -> None:
    with Greeter(getattr(socket, family), getattr(socket, kind), address) as greeter:
        attack = python(
            ASK.format(family=f"socket.{family}", kind=f"socket.{kind}", address=greeter.address)
        )
        assert unhardened.attempt(attack) == GREETED
        assert in_cell(box, attack) == REFUSED


def test_no_unix_socket_outside_the_workspace_can_be_reached(box: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    attack = python(ASK.format(family="socket.AF_UNIX", kind="socket.SOCK_STREAM", address=path))
    with (
        Greeter(socket.AF_UNIX, socket.SOCK_STREAM, path),
        running_unhardened("--network=none", f"--volume={tmp_path}:{tmp_path}") as container,
    ):
        assert container.attempt(attack) == GREETED
        assert in_cell(box, attack) == REFUSED


ICMP = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)"
RAW6 = "import socket; socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)"
PACKET = "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)"
CONFIGURE = """
import fcntl, socket, struct
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
request = struct.pack("16sH14x", b"lo", 0)
same = fcntl.ioctl(asking, 0x8913, request)
fcntl.ioctl(asking, 0x8914, same)
"""
NETLINK = """
import socket, struct
route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
link = struct.pack("BxHiII", 0, 0, 1, 0, 0)
route.sendto(struct.pack("IHHII", 16 + len(link), 19, 5, 1, 0) + link, (0, 0))
error = struct.unpack_from("i", route.recv(4096), 16)[0]
assert error == 0
"""
KINDS = {
    "ICMP": ICMP,
    "ICMP over IPv6": RAW6,
    "whole packets": PACKET,
    "settings of a device": CONFIGURE,
    "settings of a device by netlink": NETLINK,
}


@pytest.mark.parametrize("code", KINDS.values(), ids=KINDS.keys())
def test_no_socket_reads_or_sets_the_network(
    box: Sandbox, unhardened: Unhardened, code: str
) -> None:
    attack = python(f"{code}\nprint('done')")

    assert unhardened.attempt(attack) == DONE
    assert in_cell(box, attack) == REFUSED


def test_the_only_network_device_is_loopback(box: Sandbox, unhardened: Unhardened) -> None:
    names = shell("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
    loopback = Attempt(succeeded=True, said="lo\n")

    assert unhardened.attempt(names) != loopback
    assert in_cell(box, names) == loopback
