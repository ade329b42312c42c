"""The client's side of one connection: hear what it wants and whose it is, see that on its way.

The first byte tells which language it speaks. A client of HTTP may send one request after another;
each is decided on its own. Once a tunnel stands, its bytes no longer pass here.
"""

import asyncio
from enum import Enum
from functools import partial
from typing import cast

from runner.egress import account
from runner.egress.errand import Carrier, Errand
from runner.egress.exchange import Ending, Exchange
from runner.egress.gate import Contact
from runner.egress.hangup import has_hung_up
from runner.egress.house import House
from runner.egress.languages import Heard, Language, Named, Order, Unanswerable
from runner.egress.room import Sipping
from runner.egress.tunnel import Tunnel


class Stage(Enum):
    """What a connection is at; a tunnel is no stage, it takes the connection over."""

    HEAD = "waiting for a request, or for the rest of one"
    WAY = "the request is being decided on and connected"
    EXCHANGE = "a plain request is being carried out"
    FAREWELL = "answered for the last time; whatever still comes is dropped"


_HANGUP_SECONDS = 0.5


class Reception(Sipping):
    """One connection from a client, from its first byte to its last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stage = Stage.HEAD
        self._language: Language | None = None
        self._buffer = bytearray()
        self._head_begun = False
        self._client_ended = False
        self._client_full = False
        self._call_id: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._errand: Errand | None = None

    @property
    def _carrier(self) -> Carrier | None:
        return self._errand.carrier if self._errand else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it has a while to say what it wants."""
        self._client = cast("asyncio.Transport", transport)
        if self._house.open.enter(self):
            self._allow(self._house.limits.head_seconds)
        else:
            self._client.abort()

    def data_received(self, data: bytes) -> None:
        """Take what the client sends, for whatever the connection is at."""
        carrier = self._carrier
        if isinstance(carrier, Exchange) and not carrier.request_complete:
            carrier.from_client(data)
        elif self._stage is Stage.HEAD:
            self._buffer += data
            self._listen()
        elif self._stage is not Stage.FAREWELL:
            self._buffer += data
            if len(self._buffer) > self._house.limits.early_bytes:
                self._client.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more. True while it may still get an answer."""
        self._client_ended = True
        if (carrier := self._carrier) is not None:
            carrier.client_ended()
        if self._stage is Stage.WAY:
            self._look_for_hangup()
        return self._stage in (Stage.WAY, Stage.EXCHANGE)

    def _look_for_hangup(self) -> None:
        # The decision may take minutes, and somebody be asked for a client that is long gone.
        if self._stage is Stage.WAY and has_hung_up(self._client):
            self.end()
        elif self._stage is Stage.WAY:
            loop = asyncio.get_running_loop()
            loop.call_later(_HANGUP_SECONDS, self._look_for_hangup)

    def pause_writing(self) -> None:
        """The client does not take any more of its answer."""
        self._client_full = True
        if isinstance(carrier := self._carrier, Exchange):
            carrier.client_is_full(full=True)

    def resume_writing(self) -> None:
        """The client takes more again."""
        self._client_full = False
        if isinstance(carrier := self._carrier, Exchange):
            carrier.client_is_full(full=False)

    def connection_lost(self, _exc: Exception | None) -> None:
        """The client is gone: so is everything done for it."""
        self.end()

    def end(self) -> None:
        """Cut the connection and what it opened; what it did is noted before this returns."""
        if self._task is not None:
            self._task.cancel()
        if self._errand is not None:
            self._errand.abort()
        self._client.abort()
        self._stop_timer()
        self._house.open.leave(self, self._call_id)

    def _allow(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _late(self) -> None:
        if self._stage is Stage.HEAD and self._buffer and self._language is not None:
            self._farewell(self._language.late())
        elif self._stage is Stage.FAREWELL and self._client.get_write_buffer_size():
            # Still reading its answer, slowly; the call's end will cut it if nothing else does.
            self._allow(self._house.limits.farewell_seconds)
        else:
            self._client.abort()

    def _listen(self) -> None:
        if not self._head_begun:
            self._head_begun = True
            self._allow(self._house.limits.head_seconds)
        if self._language is None:
            self._language = self._house.language(self._buffer[0])
        try:
            while self._stage is Stage.HEAD and (heard := self._language.hear(self._buffer)):
                self._act_on(heard, self._language)
        except Unanswerable as refused:
            if refused.target is not None and self._call_id is not None:
                entry = account.unreadable(refused.target, str(refused))
                self._house.calls.note(self._call_id, entry)
            self._farewell(refused.answer)

    def _act_on(self, heard: Heard, language: Language) -> None:
        match heard:
            case Named(call_id):
                self._admit(call_id, language)
            case Order():
                self._see_off(heard, language)
            case _:
                self._client.write(heard)

    def _admit(self, call_id: str | None, language: Language) -> None:
        if call_id is None or self._call_id not in (None, call_id):
            self._farewell(language.stranger())
        elif not self._house.open.claim(self, call_id):
            self._farewell(language.crowded())
        else:
            self._call_id = call_id
            self._client.write(language.welcome)

    def _see_off(self, order: Order, language: Language) -> None:
        if self._call_id is None:
            self._farewell(language.stranger())
            return
        self._stage = Stage.WAY
        self._stop_timer()
        asked = order.asked
        contact = Contact(
            self._call_id, asked.target, asked.method, asked.path, order.waiting_bytes
        )
        self._errand = Errand(self._house.way, self._house.calls, contact, language)
        self._task = asyncio.get_running_loop().create_task(self._go(self._errand, order))

    async def _go(self, errand: Errand, order: Order) -> None:
        answer = await errand.prepare(lambda: self._carrier_for(errand, order))
        if answer is not None:
            self._farewell(answer)
            return
        self._stage = Stage.EXCHANGE
        early = bytes(self._buffer)
        self._buffer.clear()
        self._client.resume_reading()
        errand.begin(early, client_ended=self._client_ended)
        # asyncio says so once, and said it to whatever answered the request before this one.
        if self._client_full and (carrier := errand.carrier) is not None:
            carrier.client_is_full(full=True)

    def _carrier_for(self, errand: Errand, order: Order) -> Carrier:
        if order.head is None:
            seconds = self._house.limits.hello_seconds
            return Tunnel(self._client, order.asked.target, seconds, self.end, order.stands)
        ended = partial(self._exchange_ended, errand)
        return Exchange(order.head, order.asked, self._client, ended)

    def _exchange_ended(self, errand: Errand, ending: Ending, reason: str) -> None:
        exchange = errand.carrier
        errand.settle()
        if ending is Ending.COMPLETE and isinstance(exchange, Exchange) and not self._client_ended:
            self._await_next(exchange.surplus)
        elif ending in (Ending.BROKEN, Ending.SWITCHED):
            self.end()
        elif ending is Ending.FAILED:
            self._farewell(errand.failed(reason))
        else:
            self._farewell(b"")

    def _await_next(self, surplus: bytes) -> None:
        self._buffer[:0] = surplus
        self._stage = Stage.HEAD
        self._head_begun = False
        self._client.resume_reading()
        self._allow(self._house.limits.idle_seconds)
        if self._buffer:
            self._listen()

    def _farewell(self, answer: bytes) -> None:
        self._stage = Stage.FAREWELL
        self._buffer.clear()
        self._client.write(answer)
        if self._client_ended:
            self._client.close()
        else:
            self._client.write_eof()
            self._client.resume_reading()
            self._allow(self._house.limits.farewell_seconds)
