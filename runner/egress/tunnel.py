"""A tunnel between a client and the server it was allowed to reach: its first bytes are looked at,
then nothing any more.
"""

import asyncio
from collections.abc import Callable

from runner.egress.answers import TUNNEL_STANDS
from runner.egress.budget import Meter
from runner.egress.relay import Half, Relay
from runner.egress.targets import Target
from runner.egress.threshold import Threshold


class Tunnel:
    """A relay behind a threshold.

    `closed` is called once, when both sides are closed. `stands` tells the client that the tunnel
    stands; from then on it has `hello_seconds` for a TLS hello where one must come.
    """

    __slots__ = ("_client", "_relay", "_stands", "_threshold")

    def __init__(
        self,
        client: asyncio.Transport,
        target: Target,
        hello_seconds: float,
        closed: Callable[[], None],
        stands: bytes = TUNNEL_STANDS,
    ) -> None:
        self._client = client
        self._relay = Relay(client, closed)
        self._threshold = Threshold(target, hello_seconds)
        self._stands = stands

    @property
    def server_side(self) -> Half:
        """The protocol for the server's transport."""
        return self._relay.server_side

    @property
    def refusal(self) -> str:
        """Why the tunnel was cut before any byte of the client was forwarded; else empty."""
        return self._threshold.refusal

    @property
    def bytes_up(self) -> int:
        """Bytes the client sent that went on to the server."""
        return self._relay.bytes_up

    @property
    def bytes_down(self) -> int:
        """Bytes the server sent that went on to the client."""
        return self._relay.bytes_down

    def begin(self, server: asyncio.Transport, early: bytes, meter: Meter) -> None:
        """Tell the client that the tunnel stands, and relay; `early` it has sent already."""
        self._client.write(self._stands)
        self._relay.join(server, meter)
        self._threshold.guard(self._client, self._relay.client_side)
        if early:
            self._threshold.data_received(early)

    def client_ended(self) -> None:
        """The client had ended its output before the tunnel stood."""
        self._threshold.eof_received()

    def client_is_full(self, *, full: bool) -> None:
        """The client does not take any more, or takes more again."""
        if full:
            self._relay.client_side.pause_writing()
        else:
            self._relay.client_side.resume_writing()

    def abort(self) -> None:
        """Cut both sides at once."""
        self._relay.abort()
