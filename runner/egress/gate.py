"""Where a connection waits for its verdict.

The server asks the gate once per tunnel and once per plain request, and does nothing for that
client until the answer comes. A gate that asks somebody first is another class with this method.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from runner.egress.current_rules import Rules
from runner.egress.rules import Verdict
from runner.egress.targets import Target


@dataclass(frozen=True, slots=True)
class Contact:
    """What a call wants to do. `method` is CONNECT for a tunnel, whose inside is not visible;
    `path` is then empty. Both are the client's own words: escape them before showing.
    `waiting_bytes` is the length of the body that the client has announced, if it has.
    """

    call_id: str
    target: Target
    method: str
    path: str
    waiting_bytes: int | None = None


class Gate(Protocol):
    """Gives the verdict on a contact, at once or later."""

    async def decide(self, contact: Contact) -> Verdict:
        """The verdict; cancelled when the client or its call is gone. An exception denies."""


class RulesGate:
    """Decides from the rules alone: what no rule allows is denied, nobody is asked."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    async def decide(self, contact: Contact) -> Verdict:
        """The rules' verdict on the target; "ask" becomes "deny", for the same reason."""
        verdict = self._rules.decide(contact.target)
        return replace(verdict, decision="deny") if verdict.decision == "ask" else verdict
