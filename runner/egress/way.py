"""The way out for one contact: ask the gate, then dial what it allowed. Nothing else opens sockets.

Closed by default: an answer that is no plain yes, and an error while deciding, are refusals.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from runner.egress.budget import Budget, Meter
from runner.egress.dialling import DialFailed, Dialler, DialRefused
from runner.egress.gate import Contact, Gate
from runner.egress.rules import Rule, Verdict
from runner.egress.targets import Target

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reached:
    """The server is connected, and the caller's protocol has its transport."""

    transport: asyncio.Transport

    @property
    def address(self) -> str | None:
        """The address that answered."""
        peer = self.transport.get_extra_info("peername")
        return str(peer[0]) if peer else None


@dataclass(frozen=True, slots=True)
class Refused:
    """The contact is not allowed; nothing was dialled."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Unreached:
    """The contact is allowed, but no server answered; `address` is the last one dialled."""

    reason: str
    address: str | None = None


class Way:
    """Opens the way to servers for contacts that are allowed."""

    def __init__(self, gate: Gate, dialler: Dialler, budget: Budget) -> None:
        self._gate = gate
        self._dialler = dialler
        self._budget = budget

    async def decide(self, contact: Contact) -> Rule | Refused:
        """Decide on a contact: the rule that allows it, or its refusal."""
        verdict = await self._verdict(contact)
        if verdict.decision != "allow" or verdict.rule is None:
            return Refused(verdict)
        return verdict.rule

    async def dial(
        self, target: Target, rule: Rule, protocol: Callable[[], asyncio.Protocol]
    ) -> Reached | Refused | Unreached:
        """Connect to a target that `rule` allows, with a protocol of the caller's."""
        if spent := self._budget.refusal(target):
            return Refused(spent)
        try:
            return Reached(await self._dialler.dial(target, rule, protocol))
        except DialRefused as refused:
            return Refused(refused.verdict)
        except DialFailed as failed:
            return Unreached(str(failed), None if failed.address is None else str(failed.address))

    def meter(self, target: Target) -> Meter:
        """What is to count the bytes of a connection to the target."""
        return self._budget.meter(target)

    async def _verdict(self, contact: Contact) -> Verdict:
        try:
            return await self._gate.decide(contact)
        except Exception:  # noqa: BLE001 - whatever goes wrong while deciding, nothing gets out
            _log.exception("the egress gate failed")
            return Verdict("deny", None, "the decision failed")
