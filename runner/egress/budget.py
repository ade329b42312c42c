"""How many bytes may move: to and from one host, and in all, for as long as the session runs.

Counted where the bytes pass, on the loop's thread only, with a subtraction and a comparison. What
would pass a bound is not passed on any more.
"""

from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import Verdict
from runner.egress.targets import Target

MOST_HOSTS = 4096
"""Hosts counted on their own; under a wildcard a call can invent more, which share one count."""

_UNBOUNDED = 1 << 62


class Pot:
    """The bytes that are left of one bound; without a bound, more than can ever move."""

    __slots__ = ("bound", "left")

    def __init__(self, bound: ByteBound | None) -> None:
        self.bound = bound
        self.left = _UNBOUNDED if bound is None else bound.most


class Meter:
    """Counts the bytes of one connection. `passed` is the refusal once it came to a bound."""

    __slots__ = ("_host", "_session", "passed")

    def __init__(self, host: Pot, session: Pot) -> None:
        self._host = host
        self._session = session
        self.passed: Verdict | None = None

    def spend(self, size: int) -> bool:
        """Count bytes that are about to be passed on; false if they must not be."""
        self._host.left -= size
        self._session.left -= size
        if self._host.left >= 0 and self._session.left >= 0:
            return True
        self.passed = _refusal(self._session if self._session.left < 0 else self._host)
        return False


class Budget:
    """The bounds of one session, and what is left of them."""

    def __init__(self, limits: EgressLimits) -> None:
        self._per_host = limits.bytes_per_host
        self._session = Pot(limits.bytes_per_session)
        self._hosts: dict[str, Pot] = {}
        self._others = Pot(self._per_host)

    def refusal(self, target: Target) -> Verdict | None:
        """Why a new connection there is refused, if a bound that concerns it is used up."""
        for pot in (self._session, self._pot(target)):
            if pot.left <= 0:
                return _refusal(pot)
        return None

    def meter(self, target: Target) -> Meter:
        """What is to count a new connection there; by host, whatever the port."""
        return Meter(self._pot(target), self._session)

    def _pot(self, target: Target) -> Pot:
        host = target.host.text
        if host not in self._hosts:
            if len(self._hosts) >= MOST_HOSTS:
                return self._others
            self._hosts[host] = Pot(self._per_host)
        return self._hosts[host]


def _refusal(pot: Pot) -> Verdict | None:
    if pot.bound is None:
        return None
    rule = pot.bound.rule
    setting = rule.text.partition(":")[0]
    reason = f"the session has moved as many bytes as {rule.text} lets it"
    return Verdict("deny", rule, reason, f"raise {setting}")
