"""A tunnel's first bytes from the client, held back until they are known to be what may pass.

To port 443 that is TLS naming the tunnel's host. To other ports it is that, too, or whatever does
not begin as TLS. The server may speak first on every port: only the client is held back.
"""

import asyncio

from runner.egress.client_hello import HANDSHAKE, HelloReader, HelloRefused, check_name
from runner.egress.relay import Half
from runner.egress.targets import Target

HTTPS_PORT = 443


class Threshold(asyncio.Protocol):
    """Stands in for the client's half of a relay, and gives way to it when the client may pass.

    Else both sides are cut, nothing was forwarded, and `refusal` says why, safe to show. Without a
    first byte there is nothing to refuse: such a tunnel to port 443 is cut after `hello_seconds`.
    """

    def __init__(self, target: Target, hello_seconds: float) -> None:
        self.refusal = ""
        self._target = target
        self._seconds = hello_seconds
        self._held = bytearray()
        self._reader = HelloReader()
        self._timer: asyncio.TimerHandle | None = None
        self._client: asyncio.Transport
        self._half: Half

    def guard(self, client: asyncio.Transport, half: Half) -> None:
        """Take the place of `half`, which is attached, as the client's protocol."""
        self._client, self._half = client, half
        client.set_protocol(self)
        if self._target.port == HTTPS_PORT:
            self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Hold it back, or let everything pass."""
        self._held += data
        try:
            passes = self._passes(data)
        except HelloRefused as refused:
            self._refuse(str(refused))
        else:
            if passes:
                self._give_way()

    def eof_received(self) -> bool:
        """The client sends no more: what it has begun stays incomplete."""
        self._stop_timer()
        if self._held:
            self._refuse("the TLS inside breaks off in its hello")
            return False
        return self._half.eof_received()

    def pause_writing(self) -> None:
        """The client does not take any more of what the server says."""
        self._half.pause_writing()

    def resume_writing(self) -> None:
        """The client takes more again."""
        self._half.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        self._half.connection_lost(exc)

    def _passes(self, data: bytes) -> bool:
        if self._held[0] != HANDSHAKE:
            if self._target.port == HTTPS_PORT:
                raise HelloRefused("what is inside is not TLS, as it must be for port 443")
            return True
        if self._timer is None:
            self._start_timer()
        hello = self._reader.feed(data)
        if hello is not None:
            check_name(hello, self._target)
        return hello is not None

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._late)

    def _late(self) -> None:
        if self._held:
            self._refuse(f"the TLS inside has no whole hello after {self._seconds:g} seconds")
        else:
            self._cut()

    def _give_way(self) -> None:
        self._stop_timer()
        self._client.set_protocol(self._half)
        held, self._held = bytes(self._held), bytearray()
        self._half.data_received(held)

    def _refuse(self, reason: str) -> None:
        self._stop_timer()
        self.refusal = reason
        self._held.clear()
        self._cut()

    def _cut(self) -> None:
        self._half.other.abort()
        self._client.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
