"""The event loop of the proxy: accepts clients on the unix socket until it is told to stop.

Loaded by the first connection, and the only place that runs asyncio.
"""

import asyncio
import socket
import threading

from runner.approval.desk import Desk
from runner.egress.budget import Budget
from runner.egress.calls import Calls
from runner.egress.connections import OpenConnections
from runner.egress.current_rules import Rules
from runner.egress.descriptors import make_room_for
from runner.egress.dialling import Dialler
from runner.egress.gate import Gate, RulesGate
from runner.egress.holding import HoldingGate
from runner.egress.house import House
from runner.egress.limits import EgressLimits
from runner.egress.reception import Reception
from runner.egress.resolving import Resolve, Resolver, system_addresses
from runner.egress.upstream import Upstream
from runner.egress.way import Way


class EgressServer:
    """Serves one listening socket on the thread that calls `serve`."""

    def __init__(
        self,
        calls: Calls,
        rules: Rules,
        limits: EgressLimits,
        resolve: Resolve | None,
        *,
        desk: Desk | None = None,
        upstream: Upstream | None = None,
    ) -> None:
        self._open = OpenConnections(limits)
        self._resolver = Resolver(resolve or system_addresses)
        dialler = Dialler(self._resolver, rules, limits.connect_seconds, upstream)
        way = Way(_gate(rules, calls, limits, desk), dialler, Budget(limits))
        self._house = House(calls, way, limits, self._open)
        self._loop = asyncio.new_event_loop()
        self._stopped = threading.Event()

    def serve(self, listener: socket.socket, stop: socket.socket) -> None:
        """Accept clients until `stop` becomes readable; then cut everything and return."""
        make_room_for(self._house.limits.connections)
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listener, stop))
        self._stopped.set()

    def end_call(self, call_id: str) -> None:
        """Cut the call's connections; returns when what they did is noted. Any thread."""
        done = threading.Event()

        def end() -> None:
            self._open.end_call(call_id)
            done.set()

        try:
            self._loop.call_soon_threadsafe(end)
        except RuntimeError:
            return  # the loop is closed, and with it every connection
        while not done.wait(0.05) and not self._stopped.is_set():
            pass

    async def _serve(self, listener: socket.socket, stop: socket.socket) -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(stop, stopping.set)
        server = await loop.create_unix_server(
            lambda: Reception(self._house), sock=listener, backlog=self._house.limits.backlog
        )
        await stopping.wait()
        loop.remove_reader(stop)
        server.close()
        self._open.close()
        self._resolver.close()
        # A client may have been accepted and not received yet: it is turned away on arrival.
        if arriving := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(arriving)
        await asyncio.sleep(0)  # transports close their sockets on the loop's next round


def _gate(rules: Rules, calls: Calls, limits: EgressLimits, desk: Desk | None) -> Gate:
    if desk is None:
        return RulesGate(rules)
    return HoldingGate(rules, desk, calls.command, limits.approval_seconds)
