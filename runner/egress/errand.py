"""What is done for one order of a client: decided, connected, carried, and noted once."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeAlias

from runner.egress import account
from runner.egress.budget import Meter
from runner.egress.calls import Calls, Connection
from runner.egress.exchange import Exchange
from runner.egress.gate import Contact
from runner.egress.languages import Language
from runner.egress.rules import Rule, Verdict
from runner.egress.tunnel import Tunnel
from runner.egress.way import Reached, Refused, Unreached, Way

Carrier: TypeAlias = Tunnel | Exchange


class Errand:
    """One contact of one call. `carrier` is there from `begin` until it is settled."""

    def __init__(self, way: Way, calls: Calls, contact: Contact, language: Language) -> None:
        self._way = way
        self._calls = calls
        self._contact = contact
        self._language = language
        self._rule: Rule | None = None
        self._server: asyncio.Transport
        self._prepared: Carrier
        self._meter: Meter
        self._since = time.monotonic()
        self._address: str | None = None
        self.carrier: Carrier | None = None

    async def prepare(self, carrier_for: Callable[[], Carrier]) -> bytes | None:
        """Decide and connect. `None` when `begin` may follow, else the last answer."""
        target = self._contact.target
        decided = await self._way.decide(self._contact)
        if isinstance(decided, Refused):
            return self._refused(decided.verdict)
        self._rule = decided
        carrier = carrier_for()
        match await self._way.dial(target, decided, lambda: carrier.server_side):
            case Refused(verdict):
                return self._refused(verdict)
            case Unreached(reason, address):
                self._rule = None  # noted here and now
                self._address = address
                self._note(account.unreached(target, decided, reason))
                return self._language.unreached(target, reason)
            case Reached(server) as reached:
                self._server, self._prepared = server, carrier
                self._meter, self._address = self._way.meter(target), reached.address
        return None

    def begin(self, early: bytes, *, client_ended: bool) -> None:
        """Carry bytes both ways from now on; `early` the client has sent already."""
        self.carrier = carrier = self._prepared
        carrier.begin(self._server, early, self._meter)
        if client_ended:
            carrier.client_ended()

    def failed(self, reason: str) -> bytes:
        """What the client is told when its server answered, and not as it should."""
        return self._language.unreached(self._contact.target, reason)

    def abort(self) -> None:
        """Cut the connection to the server, and settle."""
        if self.carrier is not None:
            self.carrier.abort()
        self.settle()

    def settle(self) -> None:
        """Note what was allowed, or cut since, once, with what it has moved."""
        rule, self._rule = self._rule, None
        carrier, self.carrier = self.carrier, None
        if rule is None:
            return
        up, down = (carrier.bytes_up, carrier.bytes_down) if carrier else (0, 0)
        target = self._contact.target
        if verdict := self._cut_by(carrier):
            self._note(account.denied(target, verdict, bytes_up=up, bytes_down=down))
        else:
            self._note(account.allowed(target, rule, bytes_up=up, bytes_down=down))

    def _cut_by(self, carrier: Carrier | None) -> Verdict | None:
        if carrier is None:
            return None
        if isinstance(carrier, Tunnel) and carrier.refusal:
            return Verdict("deny", None, carrier.refusal)
        return self._meter.passed

    def _refused(self, verdict: Verdict) -> bytes:
        self._rule = None
        self._note(account.denied(self._contact.target, verdict))
        return self._language.refused(self._contact.target, verdict)

    def _note(self, connection: Connection) -> None:
        traced = account.traced(connection, self._since, self._address)
        self._calls.note(self._contact.call_id, traced)
