"""The gate that asks: what no rule decides is held until the user has answered.

The connection waits, and with it the client, which sees a slow proxy and nothing else. Every wait
is bounded, in number by the desk and in time here; at a bound the answer is no.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from runner.approval.desk import Desk
from runner.approval.question import Ruling, Wish
from runner.egress.current_rules import Rules
from runner.egress.gate import Contact
from runner.egress.names import shown
from runner.egress.rules import Rule, RuleSource, Verdict
from runner.egress.targets import Target

_SESSION = RuleSource("", 0, "session")


class HoldingGate:
    """Decides from the rules, and asks about what they leave open.

    `command` tells what a call runs. `seconds` is how long a connection is held.
    """

    def __init__(
        self,
        rules: Rules,
        desk: Desk,
        command: Callable[[str], str],
        seconds: float,
    ) -> None:
        self._rules = rules
        self._desk = desk
        self._command = command
        self._seconds = seconds

    async def decide(self, contact: Contact) -> Verdict:
        """The rules' verdict on the target, or the user's."""
        verdict = self._rules.decide(contact.target)
        if verdict.decision != "ask":
            return verdict
        ruling = await self._asked(self._wish(contact))
        if ruling.allowed:
            if self._rules.denying(contact.target):  # since: the rules may have changed meanwhile
                return self._rules.decide(contact.target)
            return Verdict("allow", _as_rule(contact.target), ruling.reason)
        return Verdict("deny", None, ruling.reason, verdict.remedy)

    def _wish(self, contact: Contact) -> Wish:
        return Wish(
            contact.call_id,
            self._command(contact.call_id),
            str(contact.target),
            shown(contact.method),
            shown(contact.path),
            contact.waiting_bytes,
        )

    async def _asked(self, wish: Wish) -> Ruling:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Ruling] = loop.create_future()

        def settle(ruling: Ruling) -> None:
            if not answered.done():
                answered.set_result(ruling)

        def decided(ruling: Ruling) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, ruling)

        held = self._desk.ask(wish, decided)
        try:
            async with asyncio.timeout(self._seconds):
                return await answered
        except TimeoutError:
            return Ruling(allowed=False, reason=f"nobody answered within {self._seconds:g} seconds")
        finally:
            if held is not None:
                self._desk.withdraw(held)


def _as_rule(target: Target) -> Rule:
    return Rule(str(target), _SESSION, target.host, port=target.port)
