"""A loop that dials nobody: it notes who was to be dialled, and says that he answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from runner.egress.budget import Budget
from runner.egress.dialling import Dialler
from runner.egress.gate import Contact, Gate
from runner.egress.limits import EgressLimits
from runner.egress.names import Address
from runner.egress.resolving import Resolver
from runner.egress.rules import EgressRules, Verdict
from runner.egress.way import Way

Result = TypeVar("Result")


class Recorder:
    """What was asked of the gate, of the resolver and of the network, in this order."""

    def __init__(self, gate: Gate, addresses: tuple[Address, ...]) -> None:
        self._gate = gate
        self._addresses = addresses
        self.contacts: list[Contact] = []
        self.resolved: list[str] = []
        self.dialled: list[tuple[str, int]] = []

    async def decide(self, contact: Contact) -> Verdict:
        """Note the question; the real gate answers."""
        self.contacts.append(contact)
        return await self._gate.decide(contact)

    def resolve(self, name: str) -> tuple[Address, ...]:
        """Note the name; every name has the same addresses."""
        self.resolved.append(name)
        return self._addresses

    def way(self, rules: EgressRules) -> Way:
        """The real way out, with this recorder around it."""
        dialler = Dialler(Resolver(self.resolve), rules, connect_seconds=30.0)
        return Way(self, dialler, Budget(EgressLimits()))

    def run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run on a loop whose connections are only noted."""
        dialled = self.dialled

        class Loop(asyncio.SelectorEventLoop):
            async def create_connection(  # type: ignore[override]  # the one form that is used
                self, protocol: Callable[[], asyncio.Protocol], host: str, port: int, **_: Any
            ) -> tuple[asyncio.Transport, asyncio.Protocol]:
                dialled.append((host, port))
                return asyncio.Transport(), protocol()

        async def working() -> Result:
            return await work()

        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(working())
