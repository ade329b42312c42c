"""Connecting to an allowed target: resolve once, judge every address, dial a judged one."""

import asyncio
import os
import socket
from collections.abc import Callable
from ipaddress import IPv4Address

from runner.egress.addresses import Reach, reach, refusal, within
from runner.egress.names import Address, Host
from runner.egress.resolving import Resolver
from runner.egress.rules import EgressRules, Rule, Verdict
from runner.egress.targets import Target


class DialRefused(Exception):
    """An address of the target may not be contacted; nothing was dialled."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class DialFailed(Exception):
    """The target was allowed and could not be reached. `str()` says why."""


class Dialler:
    """Opens connections to targets that were allowed, within a time limit."""

    def __init__(self, resolver: Resolver, rules: EgressRules, connect_seconds: float) -> None:
        self._resolver = resolver
        self._rules = rules
        self._connect_seconds = connect_seconds

    async def dial(
        self, target: Target, rule: Rule, protocol: Callable[[], asyncio.Protocol]
    ) -> asyncio.Transport:
        """Connect to a target that `rule` allowed. asyncio sets TCP_NODELAY.

        Raises:
            DialRefused: one of its addresses may not be contacted.
            DialFailed: it has no address, or none answered in time.
        """
        try:
            async with asyncio.timeout(self._connect_seconds):
                addresses = await self.judged(target, rule)
                return await _first_to_answer(addresses, target.port, protocol)
        except TimeoutError as error:
            raise DialFailed(f"no answer within {self._connect_seconds:g} seconds") from error
        except OSError as error:
            raise DialFailed(_reason(error)) from error

    async def judged(self, target: Target, rule: Rule) -> tuple[Address, ...]:
        """The addresses of a target, in the order to try them; `rule` reaches every one.

        Raises:
            DialRefused: one of them may not be contacted.
            OSError: it has none.
        """
        addresses = await self._addresses(target)
        for address in addresses:
            self._judge(target, address, rule)
        return addresses

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target.host.address is not None:
            return (target.host.address,)
        return await self._resolver.addresses(target.host.text)

    def _judge(self, target: Target, address: Address, rule: Rule) -> None:
        host = Host(str(address), address)
        if denying := self._rules.denying(Target(host, target.port)):
            reason = f"it resolves to the denied address {address}"
            raise DialRefused(Verdict("deny", denying, reason))
        place = reach(address)
        if place in (Reach.PUBLIC, Reach.PRIVATE) and is_own(address):
            place = Reach.OWN
        if not within(rule, place):
            raise DialRefused(refusal(target, address, place, rule))


def is_own(address: Address) -> bool:
    """Whether the address is this machine's own: only such an address can be bound to.

    Where the kernel lets any be bound (`net.ipv4.ip_nonlocal_bind`), all are taken for own and
    refused.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


async def _first_to_answer(
    addresses: tuple[Address, ...], port: int, protocol: Callable[[], asyncio.Protocol]
) -> asyncio.Transport:
    failure = OSError("it has no address")
    loop = asyncio.get_running_loop()
    for address in addresses:
        try:
            # An address, so asyncio resolves nothing: what was judged is what is dialled.
            transport, _ = await loop.create_connection(protocol, str(address), port)
        except OSError as error:
            failure = error
        else:
            return transport
    raise failure


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)
