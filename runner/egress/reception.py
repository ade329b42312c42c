"""The client's side of one connection: read a head, say whose it is, see the request on its way.

A client may send one request after another; each is decided on its own. Once a tunnel stands, its
bytes no longer pass here.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import cast

from runner.egress import account, answers
from runner.egress.calls import Calls, Connection
from runner.egress.connections import OpenConnections
from runner.egress.credentials import recognise
from runner.egress.exchange import Ending, Exchange
from runner.egress.gate import Contact
from runner.egress.limits import EgressLimits
from runner.egress.requests import Asked, Head, RequestRefused, interpret, parse_head, take_head
from runner.egress.rules import Rule, Verdict
from runner.egress.tunnel import Tunnel
from runner.egress.way import Reached, Refused, Unreached, Way


class Stage(Enum):
    """What a connection is at; a tunnel is no stage, it takes the connection over."""

    HEAD = "waiting for a request, or for the rest of one"
    WAY = "the request is being decided on and connected"
    EXCHANGE = "a plain request is being carried out"
    FAREWELL = "answered for the last time; whatever still comes is dropped"


@dataclass(frozen=True, slots=True)
class House:
    """What all receptions of one server share."""

    calls: Calls
    way: Way
    limits: EgressLimits
    open: OpenConnections


class Reception(asyncio.Protocol):
    """One connection from a client, from its first byte to its last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stage = Stage.HEAD
        self._buffer = bytearray()
        self._head_begun = False
        self._client_ended = False
        self._call_id: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._carrier: Tunnel | Exchange | None = None
        self._asked: Asked
        self._rule: Rule | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it has a while to say what it wants."""
        self._client = cast("asyncio.Transport", transport)
        if self._house.open.enter(self):
            self._allow(self._house.limits.head_seconds)
        else:
            self._client.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends, for whatever the connection is at."""
        if isinstance(self._carrier, Exchange) and not self._carrier.request_complete:
            self._carrier.from_client(data)
        elif self._stage is Stage.HEAD:
            self._buffer += data
            self._read_head()
        elif self._stage is not Stage.FAREWELL:
            self._buffer += data
            if len(self._buffer) > self._house.limits.early_bytes:
                self._client.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more. True while it may still get an answer."""
        self._client_ended = True
        if self._carrier is not None:
            self._carrier.client_ended()
        return self._stage in (Stage.WAY, Stage.EXCHANGE)

    def pause_writing(self) -> None:
        """The client does not take any more of its answer."""
        if isinstance(self._carrier, Exchange):
            self._carrier.client_is_full(full=True)

    def resume_writing(self) -> None:
        """The client takes more again."""
        if isinstance(self._carrier, Exchange):
            self._carrier.client_is_full(full=False)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The client is gone: so is everything done for it."""
        self.end()

    def end(self) -> None:
        """Cut the connection and what it opened; what it did is noted before this returns."""
        if self._task is not None:
            self._task.cancel()
        if self._carrier is not None:
            self._carrier.abort()
        self._settle()
        self._client.abort()
        self._leave()

    def _allow(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        if self._stage is Stage.HEAD and self._buffer:
            self._farewell(answers.answer(408, "the request took too long"))
        elif self._stage is Stage.FAREWELL and self._client.get_write_buffer_size():
            # Still reading its answer, slowly; the call's end will cut it if nothing else does.
            self._allow(self._house.limits.farewell_seconds)
        else:
            self._client.abort()

    def _read_head(self) -> None:
        if not self._head_begun:
            self._head_begun = True
            self._allow(self._house.limits.head_seconds)
        try:
            raw = take_head(self._buffer, self._house.limits.head_bytes)
            if raw is not None:
                self._receive(parse_head(raw))
        except RequestRefused as refused:
            self._farewell(answers.answer(refused.status, str(refused)))

    def _receive(self, head: Head) -> None:
        header = head.value(b"proxy-authorization")
        call_id = None if header is None else recognise(header, self._house.calls.token)
        if call_id is None or self._call_id not in (None, call_id):
            self._farewell(answers.who_are_you(), head.method)
        elif not self._house.open.claim(self, call_id):
            text = "the call has too many connections open"
            self._farewell(answers.answer(503, text), head.method)
        else:
            self._call_id = call_id
            self._see_off(head, call_id)

    def _see_off(self, head: Head, call_id: str) -> None:
        try:
            asked = interpret(head)
        except RequestRefused as refused:
            self._note(account.unreadable(head.request.target.decode("ascii"), str(refused)))
            raise
        self._stage = Stage.WAY
        if self._timer is not None:
            self._timer.cancel()
        contact = Contact(call_id, asked.target, asked.method, asked.path)
        self._task = asyncio.get_running_loop().create_task(self._go(contact, head, asked))

    async def _go(self, contact: Contact, head: Head, asked: Asked) -> None:
        decided = await self._house.way.decide(contact)
        if isinstance(decided, Refused):
            self._refuse(asked, decided.verdict)
            return
        self._asked, self._rule = asked, decided
        carrier: Tunnel | Exchange
        if asked.method == "CONNECT":
            carrier = Tunnel(self._client, self.end)
        else:
            carrier = Exchange(head, asked, self._client, self._exchange_ended)
        way = self._house.way
        match await way.dial(asked.target, decided, lambda: carrier.server_side):
            case Refused(verdict):
                self._rule = None
                self._refuse(asked, verdict)
            case Unreached(reason):
                self._note(account.unreached(asked.target, decided, reason))
                self._rule = None  # noted
                self._settle()
                self._farewell(answers.not_reached(asked.target, reason), asked.method)
            case Reached(server):
                self._begin(carrier, server)

    def _refuse(self, asked: Asked, verdict: Verdict) -> None:
        self._note(account.denied(asked.target, verdict))
        self._farewell(answers.not_allowed(asked.target, verdict), asked.method)

    def _begin(self, carrier: Tunnel | Exchange, server: asyncio.Transport) -> None:
        self._stage = Stage.EXCHANGE
        self._carrier = carrier
        early = bytes(self._buffer)
        self._buffer.clear()
        self._client.resume_reading()
        carrier.begin(server, early)
        if self._client_ended:
            carrier.client_ended()

    def _exchange_ended(self, ending: Ending, reason: str) -> None:
        exchange = self._carrier
        self._settle()
        if ending is Ending.COMPLETE and isinstance(exchange, Exchange) and not self._client_ended:
            self._await_next(exchange.surplus)
        elif ending is Ending.BROKEN:
            self.end()
        elif ending is Ending.FAILED:
            self._farewell(answers.not_reached(self._asked.target, reason), self._asked.method)
        else:
            self._farewell(b"")

    def _await_next(self, surplus: bytes) -> None:
        self._buffer[:0] = surplus
        self._stage = Stage.HEAD
        self._head_begun = False
        self._client.resume_reading()
        self._allow(self._house.limits.idle_seconds)
        if self._buffer:
            self._read_head()

    def _settle(self) -> None:
        """Note the request that was allowed, once, with what it has moved."""
        rule, self._rule = self._rule, None
        carrier, self._carrier = self._carrier, None
        if rule is not None:
            up, down = (carrier.bytes_up, carrier.bytes_down) if carrier else (0, 0)
            self._note(account.allowed(self._asked.target, rule, bytes_up=up, bytes_down=down))

    def _farewell(self, answer: bytes, method: str = "") -> None:
        self._stage = Stage.FAREWELL
        self._buffer.clear()
        self._client.write(answers.without_body(answer) if method == "HEAD" else answer)
        if self._client_ended:
            self._client.close()
        else:
            self._client.write_eof()
            self._client.resume_reading()
            self._allow(self._house.limits.farewell_seconds)

    def _note(self, connection: Connection) -> None:
        if self._call_id is not None:
            self._house.calls.note(self._call_id, connection)

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._house.open.leave(self, self._call_id)
