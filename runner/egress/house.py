"""What all receptions of one server share."""

from dataclasses import dataclass

from runner.egress import socks
from runner.egress.calls import Calls
from runner.egress.connections import OpenConnections
from runner.egress.languages import Language
from runner.egress.limits import EgressLimits
from runner.egress.speaking_http import Http
from runner.egress.speaking_socks import Socks
from runner.egress.way import Way


@dataclass(frozen=True, slots=True)
class House:
    """The calls, the way out, the bounds, and who is there."""

    calls: Calls
    way: Way
    limits: EgressLimits
    open: OpenConnections

    def language(self, first_byte: int) -> Language:
        """What a client speaks that begins like this; HTTP, which answers in words, if unsure."""
        if first_byte == socks.VERSION:
            return Socks(self.calls.token)
        return Http(self.calls.token, self.limits.head_bytes)
