"""Connecting to an allowed target: resolve once, judge every address, dial a judged one.

Behind an upstream proxy only what this machine can judge is judged: a target whose addresses are
known here is dialled directly where they are not public, and asked for by name where they are. One
that only the upstream proxy can resolve is its to resolve (docs/decisions/0009).
"""

import asyncio
import os
from collections.abc import Callable

from runner.egress.addresses import Reach, reach
from runner.egress.current_rules import Rules
from runner.egress.judging import address_refusal
from runner.egress.names import Address
from runner.egress.resolving import Resolver
from runner.egress.rules import Rule, Verdict
from runner.egress.targets import Target
from runner.egress.upstream import Upstream
from runner.egress.upstream_tunnel import UpstreamRefused, first_to_connect, tunnelled

_LOCAL_ANSWER_SECONDS = 2.0
"""For resolving a name that an upstream proxy can be asked for: some networks never answer."""


class DialRefused(Exception):
    """An address of the target may not be contacted; nothing was dialled."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class DialFailed(Exception):
    """The target was allowed and could not be reached. `str()` says why.

    `address` is the last one that was dialled, if any was.
    """

    def __init__(self, reason: str, address: Address | None) -> None:
        super().__init__(reason)
        self.address = address


class Dialler:
    """Opens connections to targets that were allowed, within a time limit."""

    def __init__(
        self,
        resolver: Resolver,
        rules: Rules,
        connect_seconds: float,
        upstream: Upstream | None = None,
    ) -> None:
        self._resolver = resolver
        self._rules = rules
        self._connect_seconds = connect_seconds
        self._upstream = upstream

    async def dial(
        self, target: Target, rule: Rule, protocol: Callable[[], asyncio.Protocol]
    ) -> asyncio.Transport:
        """Connect to a target that `rule` allowed. asyncio sets TCP_NODELAY.

        Raises:
            DialRefused: one of its addresses may not be contacted.
            DialFailed: it has no address, or none answered in time.
        """
        dialled: list[Address | None] = [None]
        try:
            async with asyncio.timeout(self._connect_seconds):
                if self._upstream is not None and self._upstream.serves(target):
                    return await self._by_upstream(self._upstream, target, rule, protocol, dialled)
                addresses = await self.judged(target, rule)
                return await _first_to_answer(addresses, target.port, protocol, dialled)
        except TimeoutError as error:
            reason = f"no answer within {self._connect_seconds:g} seconds"
            raise DialFailed(reason, dialled[-1]) from error
        except OSError as error:
            raise DialFailed(_reason(error), dialled[-1]) from error

    async def judged(self, target: Target, rule: Rule) -> tuple[Address, ...]:
        """The addresses of a target, in the order to try them; `rule` reaches every one.

        Raises:
            DialRefused: one of them may not be contacted.
            OSError: it has none.
        """
        addresses = await self._addresses(target)
        for address in addresses:
            if refused := address_refusal(self._rules, target, address, rule):
                raise DialRefused(refused)
        return addresses

    async def _by_upstream(
        self,
        upstream: Upstream,
        target: Target,
        rule: Rule,
        protocol: Callable[[], asyncio.Protocol],
        dialled: list[Address | None],
    ) -> asyncio.Transport:
        addresses = await self._judged_here(target, rule)
        if not all(reach(address) is Reach.PUBLIC for address in addresses):
            return await _first_to_answer(addresses, target.port, protocol, dialled)
        try:
            proxies = await self._addresses(upstream.proxy)
            connection = await first_to_connect(proxies, upstream.proxy.port, dialled)
        except OSError as error:
            reason = f"the upstream proxy cannot be reached: {_reason(error)}"
            raise UpstreamRefused(reason) from error
        return await tunnelled(connection, upstream, target, protocol)

    async def _judged_here(self, target: Target, rule: Rule) -> tuple[Address, ...]:
        """The judged addresses as far as this machine knows any."""
        try:
            async with asyncio.timeout(_LOCAL_ANSWER_SECONDS):
                return await self.judged(target, rule)
        except OSError:  # a TimeoutError is one
            return ()

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target.host.address is not None:
            return (target.host.address,)
        return await self._resolver.addresses(target.host.text)


async def _first_to_answer(
    addresses: tuple[Address, ...],
    port: int,
    protocol: Callable[[], asyncio.Protocol],
    dialled: list[Address | None],
) -> asyncio.Transport:
    failure = OSError("it has no address")
    loop = asyncio.get_running_loop()
    for address in addresses:
        dialled.append(address)
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
