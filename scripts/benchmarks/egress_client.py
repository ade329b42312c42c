"""The client that measures the way out; a program of its own, the standard library alone.

Runs on the host and, as text given to `python3 -c`, in a cell. The proxy is in the environment:
`https_proxy=http://CREDENTIALS@ADDRESS`, where an address that begins with a slash is a unix
socket; none is the direct way. Blocking sockets and nothing clever: it must not be what is slow.

usage: egress_client.py first-byte|rate|bulk HOST PORT AMOUNT
"""

import base64
import json
import os
import socket
import sys
from collections.abc import Callable
from time import perf_counter

LEAD_IN_SECONDS = 0.3
PIECE = 1 << 20


def opened(host: str, port: int) -> socket.socket:
    """A connection to the server, through the proxy if there is one."""
    credentials, _, address = os.environ.get("https_proxy", "")[len("http://") :].rpartition("@")
    if not address:
        client = socket.create_connection((host, port), 60)
    elif address.startswith("/"):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        client.connect(address)
    else:
        proxy, _, number = address.rstrip("/").rpartition(":")
        client = socket.create_connection((proxy, int(number)), 60)
    if client.family != socket.AF_UNIX:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address:
        _ask_for_tunnel(client, f"{host}:{port}", credentials)
    return client


def _ask_for_tunnel(client: socket.socket, authority: str, credentials: str) -> None:
    proof = base64.b64encode(credentials.encode()).decode()
    client.sendall(
        f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"
        f"Proxy-Authorization: Basic {proof}\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        piece = client.recv(4096)
        if not piece:
            break
        answer += piece
    if answer.split()[1:2] != [b"200"]:
        raise SystemExit(f"the proxy said {answer!r}")


def first_bytes(open_one: Callable[[], socket.socket], count: int) -> list[float]:
    """Milliseconds from connecting to the first byte that comes back, `count` times."""
    taken = []
    for _ in range(count):
        begun = perf_counter()
        with open_one() as client:
            client.sendall(b"e")
            if client.recv(1) != b"e":
                raise SystemExit("no byte came back")
            taken.append((perf_counter() - begun) * 1000)
    return taken


def rate(open_one: Callable[[], socket.socket], seconds: int) -> list[float]:
    """One figure: connections a second, each from its beginning to the first byte back."""
    since = perf_counter() + LEAD_IN_SECONDS
    until, done = since + seconds, 0
    while (now := perf_counter()) < until:
        first_bytes(open_one, 1)
        done += now >= since
    return [done / (perf_counter() - since)]


def bulk(open_one: Callable[[], socket.socket], mib: int) -> list[float]:
    """One figure: MB a second, from the first byte to the last."""
    room, got, size = bytearray(PIECE), 0, mib * PIECE
    with open_one() as client:
        client.sendall(b"b" + mib.to_bytes(4, "big"))
        begun = perf_counter()
        while got < size and (count := client.recv_into(room)):
            got += count
    if got != size:
        raise SystemExit(f"{got:,} of {size:,} bytes came")
    return [size / 1e6 / (perf_counter() - begun)]


if __name__ == "__main__":
    kind, to_host, to_port, amount = sys.argv[1:]
    measure = {"first-byte": first_bytes, "rate": rate, "bulk": bulk}[kind]
    print(json.dumps(measure(lambda: opened(to_host, int(to_port)), int(amount))))
