"""SOCKS5 as clients speak it to the proxy: greeting, credentials, and one request for a tunnel."""

from collections.abc import Callable

from runner.egress import socks
from runner.egress.credentials import call_of
from runner.egress.languages import Heard, Named, Order, Unanswerable
from runner.egress.requests import Asked
from runner.egress.rules import Verdict
from runner.egress.targets import Target

_Step = Callable[[bytearray], Heard | None]


class Socks:
    """The one conversation of a client. A reply is a number: why is for the call's account."""

    welcome = socks.ADMITTED

    def __init__(self, token_of: Callable[[str], str | None]) -> None:
        self._token_of = token_of
        self._next: _Step = self._greeting

    def hear(self, buffer: bytearray) -> Heard | None:
        """The answer to a greeting; then, whose the client is; then, where it wants to go."""
        try:
            return self._next(buffer)
        except socks.SocksRefused as refused:
            raise Unanswerable(refused.answer, str(refused), refused.target) from refused

    def stranger(self) -> bytes:
        """Any status but zero; the connection is closed (RFC 1929 2)."""
        return socks.NOT_ADMITTED

    def crowded(self) -> bytes:
        """The same: it is told before any request."""
        return socks.NOT_ADMITTED

    def late(self) -> bytes:
        """There is no word for that."""
        return b""

    def refused(self, _target: Target, _verdict: Verdict) -> bytes:
        """Not allowed by ruleset."""
        return socks.reply(socks.NOT_ALLOWED)

    def unreached(self, _target: Target, reason: str) -> bytes:
        """Refused by the server, or unreachable."""
        return socks.reply_unreached(reason)

    def _greeting(self, buffer: bytearray) -> bytes | None:
        answer = socks.take_greeting(buffer)
        if answer is not None:
            self._next = self._credentials
        return answer

    def _credentials(self, buffer: bytearray) -> Named | None:
        given = socks.take_credentials(buffer)
        if given is None:
            return None
        self._next = self._request
        return Named(call_of(given.user, given.password, self._token_of))

    def _request(self, buffer: bytearray) -> Order | None:
        target = socks.take_request(buffer)
        if target is None:
            return None
        return Order(Asked(target, "CONNECT"), stands=socks.reply(socks.SUCCEEDED))
