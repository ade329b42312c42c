"""The proxy as a session holds it: open it, admit calls, dismiss them, close it.

Cheap until used: it binds a socket and starts a thread that waits. Only the first connection loads
asyncio and the HTTP parser (150 ms), so a command that needs no network does not pay for it.
"""

import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from runner.egress.calls import Calls, Connection, Entry
from runner.egress.current_rules import Rules
from runner.egress.limits import EgressLimits
from runner.egress.names import Address
from runner.egress.upstream import Upstream
from runner.errors import SandboxError

if TYPE_CHECKING:
    from runner.approval.desk import Desk
    from runner.egress.server import EgressServer


class EgressProxy:
    """Listens on a unix socket for the calls it was told to admit. A context manager.

    `socket_path` must be in a folder of mode 0700. `resolve` turns a name into its addresses and
    may block; by default the system's resolver. Any thread may admit and dismiss. With a `desk`
    what no rule decides is asked there; without one it is denied. `log` is told of every connection
    that has ended, by the proxy's own thread. Allowed connections go through `upstream`, if given.
    """

    def __init__(
        self,
        socket_path: Path,
        rules: Rules,
        *,
        limits: EgressLimits | None = None,
        resolve: Callable[[str], tuple[Address, ...]] | None = None,
        desk: "Desk | None" = None,
        log: Callable[[Entry], None] | None = None,
        upstream: Upstream | None = None,
    ) -> None:
        self._path = socket_path
        self._rules = rules
        self._limits = limits or EgressLimits()
        self._resolve = resolve
        self._desk = desk
        self._upstream = upstream
        self._calls = Calls(log)
        self._server: EgressServer | None = None

    def __enter__(self) -> Self:
        """Bind and listen; connections are accepted from here on.

        Raises:
            SandboxError: the socket cannot be made there, or others could reach it.
        """
        self._listener = _listening(self._path, self._limits.backlog)
        self._waking, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._wait_and_serve, name="egress", daemon=True)
        self._thread.start()
        return self

    def admit(self, call_id: str, command: str = "") -> str:
        """Open the proxy to one call; returns its credentials, `CALL_ID:TOKEN`.

        `command` is what the call runs, safe to show: for questions and the log.

        Raises:
            ValueError: the call is open already, or its id holds other characters than
                letters, digits, dots, dashes and underscores.
        """
        return f"{call_id}:{self._calls.open(call_id, command)}"

    def dismiss(self, call_id: str) -> tuple[Connection, ...]:
        """Close the call's connections and void its token; returns what it did, in order.

        One entry per host, port and verdict. A call that is not open did nothing.
        """
        # Voided first: the server is published before it accepts, so whoever sees none here
        # knows that no connection was, or will be, let in with this token.
        self._calls.void(call_id)
        if self._server is not None:
            self._server.end_call(call_id)
        if self._desk is not None:
            self._desk.forget(call_id)
        return self._calls.close(call_id)

    def __exit__(self, *_: object) -> None:
        """Close every connection, remove the socket, and wait for the thread to end."""
        self._path.unlink(missing_ok=True)
        self._waking.close()
        self._thread.join()
        self._woken.close()

    def _wait_and_serve(self) -> None:
        # However this thread ends, clients are turned away then, not kept waiting.
        with self._listener:
            if self._somebody_came():
                self._serve()

    def _somebody_came(self) -> bool:
        # poll, not select: this process may hold more than 1,024 files.
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        return all(ready != self._woken.fileno() for ready, _ in poll.poll())

    def _serve(self) -> None:
        # Loaded here, not above: see the module's first lines.
        from runner.egress.server import EgressServer

        self._server = EgressServer(
            self._calls,
            self._rules,
            self._limits,
            self._resolve,
            desk=self._desk,
            upstream=self._upstream,
        )
        self._server.serve(self._listener, self._woken)


def _listening(path: Path, backlog: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.parent.stat().st_mode & 0o077:
            raise PermissionError(f"{path.parent} is open to others")
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise SandboxError(f"the egress socket {path} cannot be made: {error}") from error
    listener.setblocking(False)
    return listener
