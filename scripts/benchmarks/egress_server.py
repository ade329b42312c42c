"""The server at the far end; a program of its own: says its port, then serves until it is killed.

A connection that begins with `e` gets an `e`; one that begins with `b` and a number of four bytes
gets so many MiB. Several processes share the listener, so that none waits for another.
"""

import os
import signal
import socket
from typing import NoReturn

PROCESSES = 8
PIECE = bytes(1 << 20)


def serve(listener: socket.socket) -> NoReturn:
    """One connection after the other."""
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client:
            try:
                answer(client)
            except OSError:
                continue  # the client is gone, which is its own affair


def answer(client: socket.socket) -> None:
    """What one connection gets."""
    order = client.recv(5)
    if order[:1] == b"b":
        order += client.recv(5 - len(order)) if len(order) < 5 else b""
        for _ in range(int.from_bytes(order[1:], "big")):
            client.sendall(PIECE)
    elif order:
        client.sendall(b"e")
    client.recv(1)


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    parent = os.getpid()
    for _ in range(PROCESSES - 1):
        if os.fork() == 0:
            break
    if os.getpid() == parent:
        print(listening.getsockname()[1], flush=True)
        # The others end with this one, however it ends: their group is told.
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    serve(listening)
