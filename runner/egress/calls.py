"""The calls the proxy is open to, and what each of them did.

Shared by the controller's threads and the proxy's own; every method is one short critical section.
Loads next to nothing: a session makes one before it knows that any connection will come.
"""

import base64
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from runner.egress.rules import FinalDecision

MOST_ENTRIES = 1000
"""Distinct destinations kept per call and verdict; a call can invent more, and is not let to."""

OTHERS = "(others)"

_CALL_ID = re.compile(r"[A-Za-z0-9._-]+")


Entry: TypeAlias = Mapping[str, str | int | float | None]
"""What the network log is told about one connection that has ended."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What only the log tells of a connection: whose rule it was, where it led, how long it took.

    `source` is a file and line, or a scope. `address` is the one dialled, if any was.
    """

    source: str = ""
    address: str | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Connection:
    """What became of one call's connections to one host and port, with one verdict.

    `rule`, `reason` and `remedy` are those of the first of them; `count` says how many there were.
    For text that named no host, `host` is that text, escaped, and `port` is 0. Everything here is
    safe to show.
    """

    host: str
    port: int
    verdict: FinalDecision
    rule: str = ""
    reason: str = ""
    remedy: str = ""
    bytes_up: int = 0
    bytes_down: int = 0
    count: int = 1
    reached: bool = True
    """False when it was allowed and no server answered, any of the times."""

    trail: Trail = field(default=Trail(), compare=False)
    """Of this one connection; of several, that of the first."""


@dataclass(slots=True)
class _Call:
    token: str
    command: str
    done: dict[tuple[str, int, FinalDecision], Connection] = field(default_factory=dict)


class Calls:
    """Open calls by id. Once a call is closed its token opens nothing, and nothing is noted.

    `log` is told of every connection that is noted, by the thread that notes it.
    """

    def __init__(self, log: Callable[[Entry], None] | None = None) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._open: dict[str, _Call] = {}
        self._closing: dict[str, _Call] = {}

    def open(self, call_id: str, command: str = "") -> str:
        """Open the proxy to a call; returns its token: 256 random bits, safe in a URL.

        `command` is what it runs, as it may be shown.

        Raises:
            ValueError: the id is open already, or would not survive `id:token`.
        """
        if not _CALL_ID.fullmatch(call_id):
            raise ValueError("a call id is made of letters, digits, dots, dashes and underscores")
        # What secrets.token_urlsafe() does, without its 20 ms of imports.
        token = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
        with self._lock:
            if call_id in self._open or call_id in self._closing:
                raise ValueError(f"the call {call_id} is open already")
            self._open[call_id] = _Call(token, command)
        return token

    def token(self, call_id: str) -> str | None:
        """The token of an open call."""
        with self._lock:
            call = self._open.get(call_id)
        return call.token if call else None

    def command(self, call_id: str) -> str:
        """What an open call runs, safe to show; of a closed one, nothing."""
        with self._lock:
            call = self._open.get(call_id) or self._closing.get(call_id)
        return call.command if call else ""

    def note(self, call_id: str, connection: Connection) -> None:
        """Add one connection to what the call did; of a closed call, nothing."""
        with self._lock:
            call = self._open.get(call_id) or self._closing.get(call_id)
            if call is not None:
                _add(call.done, connection)
        if call is not None and self._log is not None:
            self._log(_entry(call_id, call.command, connection))

    def void(self, call_id: str) -> None:
        """Void the token. What still happens to open connections is noted until `close`."""
        with self._lock:
            if call := self._open.pop(call_id, None):
                self._closing[call_id] = call

    def close(self, call_id: str) -> tuple[Connection, ...]:
        """Forget the call; returns what it did, in order. Closed already: nothing."""
        with self._lock:
            call = self._open.pop(call_id, None) or self._closing.pop(call_id, None)
        return tuple(call.done.values()) if call else ()


def _add(done: dict[tuple[str, int, FinalDecision], Connection], new: Connection) -> None:
    key = (new.host, new.port, new.verdict)
    if key not in done and len(done) >= MOST_ENTRIES:
        new = replace(new, host=OTHERS, port=0, rule="", reason="", remedy="")
        key = (OTHERS, 0, new.verdict)
    old = done.get(key)
    done[key] = new if old is None else _sum(old, new)


def _entry(call_id: str, command: str, done: Connection) -> Entry:
    return {
        "call_id": call_id,
        "command": command,
        "host": done.host,
        "port": done.port,
        "address": done.trail.address,
        "verdict": done.verdict,
        "rule": done.rule,
        "source": done.trail.source,
        "reason": done.reason,
        "bytes_up": done.bytes_up,
        "bytes_down": done.bytes_down,
        "duration_ms": round(done.trail.duration_ms, 1),
    }


def _sum(old: Connection, new: Connection) -> Connection:
    return replace(
        old,
        bytes_up=old.bytes_up + new.bytes_up,
        bytes_down=old.bytes_down + new.bytes_down,
        count=old.count + new.count,
        reached=old.reached and new.reached,
        reason=old.reason if not old.reached or new.reached else new.reason,
    )
