"""Bytes both ways between a client and a server that were joined, nothing looked at.

asyncio protocols, not streams: every byte of a tunnel passes here, and streams would copy it again.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from runner.egress.budget import Meter

# Room for one whole read (asyncio reads 256 KiB at once), so that a reader is not stopped and
# started again for every chunk that the other side takes in two bites.
HIGH_WATER = 512 * 1024


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
            self._closed()
        elif broken:
            half.other.abort()
        else:
            half.other.close()


class Half(asyncio.Protocol):
    """One side of a relay: what it reads, it writes to the other."""

    __slots__ = ("_relay", "bytes_read", "ended", "lost", "meter", "other")

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self.other: asyncio.Transport
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
        transport.set_write_buffer_limits(HIGH_WATER)
        if transport.get_protocol() is not self:
            transport.set_protocol(self)
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass it on, or cut both sides if that would be too much."""
        if not self.meter.spend(len(data)):
            self._relay.abort()
            return
        self.bytes_read += len(data)
        self.other.write(data)

    def eof_received(self) -> bool:
        """Pass the end on; stay open for what still comes the other way."""
        return self._relay.half_ended(self)

    def pause_writing(self) -> None:
        """No more is taken on this side: stop reading the other."""
        self.other.pause_reading()

    def resume_writing(self) -> None:
        """More is taken again."""
        self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """One side is gone: nothing more can come or go for the other."""
        self._relay.half_lost(self, broken=exc is not None)
