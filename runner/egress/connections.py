"""The connections that are open now, counted, and by call once it is known whose they are."""

from typing import Protocol

from runner.egress.limits import EgressLimits


class Endable(Protocol):
    """A connection that can be cut, with everything it has opened."""

    def end(self) -> None:
        """Cut it; what it did is noted before this returns."""


class OpenConnections:
    """Refuses more than the limits allow; used on the loop's thread only."""

    def __init__(self, limits: EgressLimits) -> None:
        self._limits = limits
        self._closed = False
        self._all: set[Endable] = set()
        self._by_call: dict[str, set[Endable]] = {}

    def enter(self, connection: Endable) -> bool:
        """Count a new connection in; false if there are too many, or it is too late."""
        if self._closed or len(self._all) >= self._limits.connections:
            return False
        self._all.add(connection)
        return True

    def claim(self, connection: Endable, call_id: str) -> bool:
        """Count a connection as one of a call's; false if the call has too many."""
        of_call = self._by_call.setdefault(call_id, set())
        if connection not in of_call and len(of_call) >= self._limits.connections_per_call:
            return False
        of_call.add(connection)
        return True

    def leave(self, connection: Endable, call_id: str | None) -> None:
        """Count a connection out."""
        self._all.discard(connection)
        if call_id is not None and (of_call := self._by_call.get(call_id)):
            of_call.discard(connection)
            if not of_call:
                del self._by_call[call_id]

    def end_call(self, call_id: str) -> None:
        """Cut all connections of a call."""
        for connection in tuple(self._by_call.get(call_id, ())):
            connection.end()

    def close(self) -> None:
        """Cut everything, and let nothing in any more."""
        self._closed = True
        for connection in tuple(self._all):
            connection.end()
