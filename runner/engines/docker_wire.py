"""Docker's Engine API over its unix socket, one HTTP/1.0 exchange per connection.

This carries the life of a container (create, attach, start, kill, remove) and nothing else.
The `docker` package does the rest; why these few calls do not go through it is in
`docs/decisions/0002-docker-wire.md` (loading it takes longer than starting a container).

HTTP/1.0 is asked for on purpose: the engine then answers without chunking and closes the
connection after the body (RFC 9112, 6.3), so there is no framing to get wrong.
"""

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from runner.errors import CellFailed, EngineLost, EngineMissing

_HEAD_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and body of one exchange."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; `None` for an empty one."""
        return json.loads(self.body) if self.body else None

    @property
    def message(self) -> str:
        """What the engine says went wrong, in one line."""
        try:
            return str(json.loads(self.body)["message"]).strip().replace("\n", " ")
        except (ValueError, KeyError, TypeError):
            return self.body.decode(errors="replace").strip()[:300]


@dataclass(frozen=True, slots=True)
class DockerWire:
    """A unix socket where an engine listens."""

    socket_path: str

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: object = None,
        timeout_seconds: float | None = 120.0,
    ) -> Answer:
        """Send one request and read the whole answer.

        Raises:
            EngineMissing: nothing listens on the socket.
            EngineLost: the connection broke or nothing came in time.
        """
        with self._connected(timeout_seconds) as connection:
            try:
                connection.sendall(_request(method, path, query, body))
                head, rest = _read_head(connection)
                pieces = [rest]
                while piece := connection.recv(65536):
                    pieces.append(piece)
                return _whole(head, b"".join(pieces))
            except OSError as error:
                raise _lost(error) from error

    def hijack(self, path: str, *, query: dict[str, str]) -> tuple[socket.socket, bytes]:
        """Ask for a raw stream: the connected socket, and what came right after the head.

        Raises:
            EngineMissing, EngineLost: as `ask`.
            CellFailed: the engine refused, for instance because the container is gone.
        """
        connection = self._connected(60.0)
        try:
            upgrade = {"Connection": "Upgrade", "Upgrade": "tcp"}
            connection.sendall(_request("POST", path, query, None, upgrade))
            head, rest = _read_head(connection)
            status, _ = _parsed(head)
        except OSError as error:
            connection.close()
            raise _lost(error) from error
        if status not in {101, 200}:
            connection.close()
            raise CellFailed(
                f"The container engine refused to attach to a container (HTTP {status}).",
                fix="It ended, or somebody removed it: try again.",
            )
        connection.settimeout(None)
        return connection, rest

    def _connected(self, timeout_seconds: float | None) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_seconds)
        try:
            connection.connect(self.socket_path)
        except OSError as error:
            connection.close()
            raise missing(f"unix://{self.socket_path}", error) from error
        return connection


def missing(address: str, error: Exception) -> EngineMissing:
    """The error for an engine that does not answer at `address`, with what to do."""
    if isinstance(error, PermissionError):
        return EngineMissing(
            f"No permission to use the container engine at {address}.",
            fix="Add yourself to its group (often `sudo usermod -aG docker $USER`, then log in "
            "again), or use a rootless engine.",
        )
    return EngineMissing(
        f"No container engine answers at {address}.",
        fix="Start it (`sudo systemctl start docker`), choose another with "
        "`docker context use NAME` or DOCKER_HOST, or run `./scripts/setup` to install one.",
    )


def _lost(error: OSError) -> EngineLost:
    return EngineLost(
        f"The container engine stopped answering ({error}).",
        fix="See whether it is still running; then `sandbox gc` removes what it left behind.",
    )


def _request(
    method: str,
    path: str,
    query: dict[str, str] | None,
    body: object,
    headers: dict[str, str] | None = None,
) -> bytes:
    target = quote(path) + ("?" + urlencode(query) if query else "")
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/{'1.1' if headers else '1.0'}", "Host: engine"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines.append("Content-Type: application/json")
    lines.append(f"Content-Length: {len(payload)}")
    return "\r\n".join([*lines, "", ""]).encode() + payload


def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece or len(data) > _HEAD_LIMIT:
            raise ConnectionResetError("the connection closed before an answer")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not (len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit()):
        raise ConnectionResetError("what answers there does not speak HTTP")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return int(words[1]), {name.lower(): text for name, text in headers.items()}


def _whole(head: bytes, body: bytes) -> Answer:
    status, headers = _parsed(head)
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) != len(body):
        raise ConnectionResetError("the connection closed in the middle of an answer")
    return Answer(status, headers, body)
