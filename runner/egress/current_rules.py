"""Rules that may change while the session goes on: whoever decides asks for those of the moment."""

from collections.abc import Callable
from typing import Protocol

from runner.egress.rules import EgressRules, Rule, Verdict
from runner.egress.targets import Target


class Rules(Protocol):
    """What is decided by: `EgressRules`, or the current ones of several."""

    def decide(self, target: Target) -> Verdict:
        """The verdict on a target; no name is resolved."""

    def denying(self, target: Target) -> Rule | None:
        """The first denied rule that speaks about the target."""


class CurrentRules:
    """Decides by the rules that `now` gives at the moment, without raising anything."""

    def __init__(self, now: Callable[[], EgressRules]) -> None:
        self._now = now

    def decide(self, target: Target) -> Verdict:
        """The verdict of the rules of the moment."""
        return self._now().decide(target)

    def denying(self, target: Target) -> Rule | None:
        """The denied rule among those of the moment."""
        return self._now().denying(target)
