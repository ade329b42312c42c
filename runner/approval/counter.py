"""Where another terminal of the same user answers: a unix socket in the session's private folder.

One line of JSON in, one out, then it hangs up. The folder has mode 0700 and is in no container;
still, the kernel is asked who calls (SO_PEERCRED, unix(7)), and only the same user is heard.
"""

import json
import os
import select
import socket
import struct
from pathlib import Path
from threading import Thread
from typing import Any, Self, cast

from runner.approval.desk import Desk
from runner.approval.question import Answer, Scope
from runner.errors import SandboxError

NAME = "approvals.sock"
"""In the session's folder."""

LONGEST = 4096
"""Bytes of a request."""

_SECONDS = 5.0
_SCOPES = ("user", "local", "project")


class Counter:
    """Serves one desk until it is left. A context manager.

    Raises on entering:
        OSError: the socket cannot be made.
    """

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._path = folder / NAME

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(16)
        self._stopping, self._stopped = socket.socketpair()
        self._thread = Thread(target=self._serve, name="approval counter", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)
        self._stopping.close()
        self._thread.join()
        self._stopped.close()
        self._listener.close()

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._stopped, select.POLLIN)
        while all(ready != self._stopped.fileno() for ready, _ in poll.poll()):
            client, _ = self._listener.accept()
            with client:
                try:
                    client.settimeout(_SECONDS)
                    if _user_of(client) == os.geteuid():
                        client.sendall(self._reply(_line(client)))
                except OSError:
                    continue  # it has gone, or is too slow

    def _reply(self, request: bytes) -> bytes:
        try:
            reply = self._done(json.loads(request))
        except SandboxError as error:
            reply = {"error": str(error), "fix": error.fix}
        except (ValueError, TypeError, KeyError, RecursionError):
            reply = {"error": "that is no request"}
        return json.dumps(reply).encode() + b"\n"

    def _done(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "list":
            return {"questions": [each.as_json() for each in self._desk.questions()]}
        answer, scope = Answer(request["answer"]), request["scope"]
        if request["do"] != "answer" or scope not in _SCOPES:
            raise ValueError
        return {"done": self._desk.answer(str(request["id"]), answer, cast("Scope", scope))}


def _line(client: socket.socket) -> bytes:
    data = b""
    while b"\n" not in data and len(data) <= LONGEST and (piece := client.recv(LONGEST)):
        data += piece
    return data.partition(b"\n")[0]


def _user_of(client: socket.socket) -> int:
    shape = "3i"  # struct ucred: process, user, group
    raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(shape))
    return int(struct.unpack(shape, raw)[1])
