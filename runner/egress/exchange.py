"""One plain HTTP request and its response, each read by h11 and written anew from what it read.

No byte of either side is forwarded as it came, so both sides see the message that was decided on.
The connection to the server serves this one request, unless both sides switch to WebSocket: then it
is a relay.
"""

import asyncio
from collections.abc import Callable
from enum import Enum
from http import HTTPStatus
from typing import cast

import h11

from runner.egress.budget import Meter
from runner.egress.relay import Relay
from runner.egress.requests import CLOSE, Asked, Head, forwarded
from runner.egress.responses import retold
from runner.egress.room import Sipping
from runner.egress.websocket import SWITCH, asked_key, confirmed

LONGEST_ANSWER_HEAD = 64 * 1024
MOST_EARLY_BYTES = 64 * 1024
"""Of another protocol, before the server has switched to it; more is left in the socket."""


class Ending(Enum):
    """How an exchange ended."""

    COMPLETE = "complete"
    """Both messages went through whole; the client may send another request."""

    ANSWERED = "answered"
    """The response went through; what the client may still send belongs to no request."""

    FAILED = "failed"
    """No response had begun: there is still room for an answer of our own."""

    SWITCHED = "switched"
    """Both sides went on in another protocol, and have hung up since."""

    BROKEN = "broken"
    """Part of a message went through: whoever got it must see that the rest is missing."""


class Exchange(Sipping):
    """Carries one request to a server and its response to the client; the server's protocol.

    `ended` is called once, with how it ended and, if it failed, why.
    """

    def __init__(
        self,
        head: Head,
        asked: Asked,
        client: asyncio.Transport,
        ended: Callable[[Ending, str], None],
    ) -> None:
        self._inbound = head.connection
        self._outbound = h11.Connection(h11.CLIENT, LONGEST_ANSWER_HEAD)
        self._key = asked_key(head)
        self._request = forwarded(head, asked, SWITCH) if self._key else forwarded(head, asked)
        self._speaks_1_1 = head.request.http_version >= b"1.1"
        self._client = client
        self._ended: Callable[[Ending, str], None] | None = ended
        self._answering = False
        self._up = self._down = self._early = 0
        self._client_ended = self._client_full = False
        self._relay: Relay | None = None

    @property
    def bytes_up(self) -> int:
        """Bytes that went to the server."""
        return self._up + (self._relay.bytes_up if self._relay else 0)

    @property
    def bytes_down(self) -> int:
        """Bytes that came from the server."""
        return self._down + (self._relay.bytes_down if self._relay else 0)

    @property
    def request_complete(self) -> bool:
        """Whether what the client sends next belongs to another request."""
        return not (self._in_body or self._may_switch)

    @property
    def _in_body(self) -> bool:
        return self._inbound.their_state is h11.SEND_BODY

    @property
    def _may_switch(self) -> bool:
        return self._key is not None and not self._answering

    @property
    def surplus(self) -> bytes:
        """What the client sent after the request: the beginning of the next."""
        return self._inbound.trailing_data[0]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server is connected: what it says waits until the request begins."""
        self._server = cast("asyncio.Transport", transport)
        self._server.pause_reading()

    @property
    def server_side(self) -> "Exchange":
        """The protocol for the server's transport."""
        return self

    def begin(self, _server: asyncio.Transport, early: bytes, meter: Meter) -> None:
        """Send the head, and what the client has sent of the body; then listen."""
        self._meter = meter
        self._send_up(self._request)
        self._pass_up()
        if early:
            self.from_client(early)
        self._server.resume_reading()

    def from_client(self, data: bytes) -> None:
        """Pass on more of the request's body, or keep it for after a switch."""
        self._inbound.receive_data(data)
        if self._in_body:
            self._pass_up()
        elif self._may_switch:
            self._early += len(data)
            if self._early > MOST_EARLY_BYTES:
                self._client.pause_reading()

    def client_ended(self) -> None:
        """The client sends no more; without its whole request that is the end."""
        self._client_ended = True
        if self._in_body:
            self._end(Ending.BROKEN, "the request ended too early")

    def data_received(self, data: bytes) -> None:
        """Pass on more of the response."""
        if not self._spend(len(data)):
            return
        self._down += len(data)
        try:
            self._outbound.receive_data(data)
            self._pass_down()
        except h11.ProtocolError:
            self._end(self._incomplete(), "the server's answer is not valid HTTP")

    def eof_received(self) -> None:
        """The server sends no more; without a length that is how a response ends."""
        self.data_received(b"")
        self._end(self._incomplete(), "the server hung up in the middle of its answer")

    def connection_lost(self, _exc: Exception | None) -> None:
        """The server is gone."""
        self._end(self._incomplete(), "the server hung up in the middle of its answer")

    def pause_writing(self) -> None:
        """The server does not take any more."""
        self._client.pause_reading()

    def resume_writing(self) -> None:
        """The server takes more again."""
        self._client.resume_reading()

    def client_is_full(self, full: bool) -> None:
        """Stop or go on reading the response, as the client takes it."""
        self._client_full = full
        if full:
            self._server.pause_reading()
        else:
            self._server.resume_reading()

    def abort(self) -> None:
        """Cut the connection to the server; `ended` is not called any more."""
        self._ended = None
        self._server.abort()

    def _send_up(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> None:
        # Trailers are dropped, as `Trailer` is: they may be (RFC 9110 6.5.1).
        sent = h11.EndOfMessage() if isinstance(event, h11.EndOfMessage) else event
        data = self._outbound.send(sent) or b""
        if self._spend(len(data)):
            self._up += len(data)
            self._server.write(data)

    def _spend(self, size: int) -> bool:
        if self._ended is None:
            return False
        if not self._meter.spend(size):
            self._end(Ending.BROKEN, "too many bytes")
            return False
        return True

    def _pass_up(self) -> None:
        try:
            while isinstance(event := self._inbound.next_event(), h11.Data | h11.EndOfMessage):
                self._send_up(event)
        except h11.RemoteProtocolError:
            self._end(Ending.BROKEN, "the request's body is not valid HTTP")

    def _pass_down(self) -> None:
        while True:
            event = self._outbound.next_event()
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                    self._switch(event)
                    return
                self._inform(event)
            elif isinstance(event, h11.Response):
                self._begin_answer(event)
            elif isinstance(event, h11.Data):
                self._client.write(self._inbound.send(h11.Data(data=event.data)) or b"")
            elif isinstance(event, h11.EndOfMessage):
                self._client.write(self._inbound.send(h11.EndOfMessage()) or b"")
                self._end(self._complete())
                return
            else:
                return

    def _inform(self, event: h11.InformationalResponse) -> None:
        if self._speaks_1_1:
            self._client.write(self._inbound.send(retold(event)) or b"")

    def _switch(self, event: h11.InformationalResponse) -> None:
        # h11 lets a 101 through only where the request that it sent had proposed one.
        if self._key is None or not confirmed(event, self._key):
            raise h11.RemoteProtocolError("switched to something else")
        early = self.surplus
        after = self._outbound.trailing_data[0]
        self._client.write((self._inbound.send(retold(event, SWITCH)) or b"") + after)
        self._relay = relay = Relay(self._client, lambda: self._end(Ending.SWITCHED))
        relay.join(self._server, self._meter)
        if self._client_full:
            relay.client_side.pause_writing()
        if early:
            relay.client_side.data_received(early)
        if self._client_ended:
            relay.client_side.eof_received()

    def _begin_answer(self, event: h11.Response) -> None:
        # After a refused switch, what the client sends may have been meant for the other protocol.
        data = self._inbound.send(retold(event, CLOSE if self._key else ())) or b""
        self._answering = True
        self._client.write(data)

    def _complete(self) -> Ending:
        reusable = self._inbound.our_state is h11.DONE and self._inbound.their_state is h11.DONE
        return Ending.COMPLETE if reusable else Ending.ANSWERED

    def _incomplete(self) -> Ending:
        return Ending.BROKEN if self._answering else Ending.FAILED

    def _end(self, ending: Ending, reason: str = "") -> None:
        ended, self._ended = self._ended, None
        if ended is not None:
            self._server.abort()
            ended(ending, reason)
