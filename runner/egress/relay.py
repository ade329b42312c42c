"""Bytes both ways between a client and a server that were joined, nothing looked at.

asyncio protocols, not streams: every byte of a tunnel passes here, and streams would copy it again.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from runner.egress.budget import Meter
from runner.egress.room import ROOM


class Relay:
    """Joins two transports. `bytes_up` and `bytes_down` count what went on from each side.

    When one side ends its output the other is told and may go on; when both have, or one breaks,
    both are closed and `closed` is called, once.
    """

    __slots__ = ("_client", "_closed", "_server", "client_side", "server_side")

    def __init__(self, client: asyncio.Transport, closed: Callable[[], None]) -> None:
        self._client = client
        self._server: asyncio.Transport | None = None
        self._closed = closed
        self.client_side = Half(self)
        self.server_side = Half(self)
        self.client_side.opposite = self.server_side
        self.server_side.opposite = self.client_side

    @property
    def bytes_up(self) -> int:
        """Bytes the client sent that went on to the server."""
        return self.client_side.bytes_read

    @property
    def bytes_down(self) -> int:
        """Bytes the server sent that went on to the client."""
        return self.server_side.bytes_read

    def join(self, server: asyncio.Transport, meter: Meter) -> None:
        """Relay, from now on, until `meter` has come to a bound."""
        self._server = server
        self.client_side.meter = self.server_side.meter = meter
        self.client_side.attach(self._client, server)
        self.server_side.attach(server, self._client)

    def abort(self) -> None:
        """Cut both sides at once."""
        self._client.abort()
        if self._server is not None:
            self._server.abort()

    def half_ended(self, half: "Half") -> bool:
        """One side sends no more. Whether its transport is to stay open for the other way."""
        half.ended = True
        if not (self.client_side.ended and self.server_side.ended):
            half.other.write_eof()
            return True
        half.other.close()  # what is still to be written is written first
        return False

    def half_lost(self, half: "Half", *, broken: bool) -> None:
        """One side is gone."""
        half.lost = True
        if self._server is None:
            return  # the server's, given up before it was joined to anything
        if self.client_side.lost and self.server_side.lost:
            self.client_side.settle(0)
            self.server_side.settle(0)
            self._closed()
        elif broken:
            half.other.abort()
        else:
            half.other.close()


class Half(asyncio.Protocol, asyncio.BufferedProtocol):
    """One side of a relay: what it reads, it writes to the other.

    Its transport reads into the room that all relays share; others may hand it bytes.
    """

    __slots__ = ("_relay", "bytes_read", "ended", "lost", "meter", "opposite", "other", "waiting")

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.opposite: Half
        self.other: asyncio.Transport
        self.waiting = 0
        """Bytes that were read here and that the other side has not taken, as last counted."""
        self.meter: Meter
        self.bytes_read = 0
        self.ended = False
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server's side is connected: what it says first waits until the two are joined."""
        cast("asyncio.Transport", transport).pause_reading()

    def attach(self, transport: asyncio.Transport, other: asyncio.Transport) -> None:
        """Read from `transport` and write to `other`, from now on."""
        self.other = other
        # At once told when something has to wait, and when nothing has to any more; how much may
        # wait is decided here.
        transport.set_write_buffer_limits(0)
        if transport.get_protocol() is not self:
            transport.set_protocol(self)
        transport.resume_reading()

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where to read the next bytes to."""
        return ROOM.piece()

    def buffer_updated(self, nbytes: int) -> None:
        """Pass them on."""
        self.data_received(ROOM.taken(nbytes))

    def data_received(self, data: bytes) -> None:
        """Pass it on, or cut both sides if that would be too much."""
        if not self.meter.spend(len(data)):
            self._relay.abort()
            return
        self.bytes_read += len(data)
        self.other.write(data)
        if waiting := self.other.get_write_buffer_size():
            self.settle(waiting)
            self.opposite.pause_writing()

    def settle(self, waiting: int) -> None:
        """Count what waits for the other side."""
        ROOM.held += waiting - self.waiting
        self.waiting = waiting

    def eof_received(self) -> bool:
        """Pass the end on; stay open for what still comes the other way."""
        return self._relay.half_ended(self)

    def pause_writing(self) -> None:
        """Something waits to be taken on this side: if it is too much, stop reading the other."""
        if self.opposite.waiting > ROOM.may_wait():
            self.other.pause_reading()

    def resume_writing(self) -> None:
        """Everything was taken."""
        self.opposite.settle(0)
        self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """One side is gone: nothing more can come or go for the other."""
        self._relay.half_lost(self, broken=exc is not None)
