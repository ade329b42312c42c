"""Memory for bytes on their way: read from one side of a relay, and not yet taken by the other.

A client that opens a thousand tunnels, and takes nothing of what the servers send, would have each
of them fill its buffers. So all share one bound, and the nearer it is, the less is read at once.
"""

import asyncio
import threading

MOST = 48 * 1024 * 1024
"""What may wait in all relays of one loop, but for one least piece of each."""

LARGEST_WAIT = 512 * 1024
"""What may wait in one direction of one relay. Room for more than one read, so that a reader is not
stopped and started again for every piece that the other side takes in two bites."""

LARGEST_PIECE = 256 * 1024
LEAST_PIECE = 8 * 1024

SIP = 32 * 1024
"""What is read at once where bytes are held back or parsed: reads of asyncio's own size would make
a few hundred stopped connections as expensive as thousands."""


class Room(threading.local):
    """The room of one loop, which has a thread to itself."""

    def __init__(self) -> None:
        self.held = 0
        self._scratch = memoryview(bytearray(LARGEST_PIECE))

    def piece(self) -> memoryview:
        """Where to read the next bytes to; `taken` before anything else is read."""
        return self._scratch[: max(LEAST_PIECE, min(self._share(), LARGEST_PIECE))]

    def sip(self) -> memoryview:
        """The same where little is to be read at once."""
        return self._scratch[:SIP]

    def taken(self, size: int) -> bytes:
        """A copy of what was read: a transport keeps what it cannot send yet."""
        return bytes(self._scratch[:size])

    def may_wait(self) -> int:
        """How much may wait in one direction before no more is read for it."""
        return max(0, min(self._share(), LARGEST_WAIT))

    def _share(self) -> int:
        return (MOST - self.held) // 8


ROOM = Room()


class Sipping(asyncio.Protocol, asyncio.BufferedProtocol):
    """A protocol whose transport reads little at once; otherwise as any other."""

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where to read the next bytes to."""
        return ROOM.sip()

    def buffer_updated(self, nbytes: int) -> None:
        """Have them as bytes."""
        self.data_received(ROOM.taken(nbytes))
