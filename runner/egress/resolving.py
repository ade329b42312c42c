"""Names into addresses, beside the event loop: the system's resolver blocks, for minutes at worst.

Connections that want the same name at once, as a package manager's do, share one look-up: some
resolvers drop bursts. Every connection still judges the addresses for itself.

One daemon thread per name being resolved, a bounded number of them. Not an executor: the
interpreter waits for executor threads when it exits, and a dead name server would hold it up.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeAlias

from runner.egress.names import Address, canonical_host

Resolve: TypeAlias = Callable[[str], tuple[Address, ...]]

MOST_AT_ONCE = 64

REUSE_SECONDS = 2.0
"""How long an answer serves further connections; far below what any name server would have set."""

_TRIES = 3
_PAUSE_SECONDS = 0.2


def system_addresses(name: str) -> tuple[Address, ...]:
    """All addresses of a name, in the order the system would try them (RFC 6724). Blocks.

    Raises:
        OSError: the name does not exist, or nobody could be asked.
    """
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # A zone ("%eth0") can only come with a link-local address, which is judged without it.
    texts = (str(entry[4][0]).partition("%")[0] for entry in found)
    addresses = (canonical_host(text).address for text in texts)
    return tuple(dict.fromkeys(address for address in addresses if address is not None))


class Resolver:
    """Resolves names without blocking the loop it is used on."""

    def __init__(self, resolve: Resolve = system_addresses) -> None:
        self._resolve = resolve
        self._free = asyncio.Semaphore(MOST_AT_ONCE)
        self._lookups: dict[str, asyncio.Task[tuple[Address, ...]]] = {}

    async def addresses(self, name: str) -> tuple[Address, ...]:
        """All addresses of a canonical name.

        Raises:
            OSError: it has none.
        """
        lookup = self._lookups.get(name)
        if lookup is None:
            lookup = asyncio.get_running_loop().create_task(self._looked_up(name))
            self._lookups[name] = lookup
            lookup.add_done_callback(lambda done: self._forget_later(name, done))
        return await asyncio.shield(lookup)  # one that gives up must not take it from the others

    def close(self) -> None:
        """Give up what is being resolved: the threads may go on asking, and nobody waits."""
        for lookup in self._lookups.values():
            lookup.cancel()

    def _forget_later(self, name: str, lookup: asyncio.Task[tuple[Address, ...]]) -> None:
        failed = lookup.cancelled() or lookup.exception() is not None
        loop = lookup.get_loop()
        if not loop.is_closed():
            loop.call_later(0.0 if failed else REUSE_SECONDS, self._lookups.pop, name, None)

    async def _looked_up(self, name: str) -> tuple[Address, ...]:
        async with self._free:
            answer: asyncio.Future[tuple[Address, ...]] = asyncio.get_running_loop().create_future()
            thread = threading.Thread(target=self._ask, args=(name, answer), daemon=True)
            thread.start()
            addresses = await answer
        if not addresses:
            raise OSError("it has no address")
        return addresses

    def _ask(self, name: str, answer: asyncio.Future[tuple[Address, ...]]) -> None:
        try:
            addresses = self._patiently(name)
        except (OSError, ValueError) as error:
            failure = OSError(f"the name cannot be resolved ({error})")
            _hand_over(answer, lambda: answer.set_exception(failure))
        else:
            _hand_over(answer, lambda: answer.set_result(addresses))

    def _patiently(self, name: str) -> tuple[Address, ...]:
        for _ in range(_TRIES - 1):
            try:
                return self._resolve(name)
            except socket.gaierror as error:
                if error.errno != socket.EAI_AGAIN:
                    raise
                time.sleep(_PAUSE_SECONDS)
        return self._resolve(name)


def _hand_over(answer: asyncio.Future[tuple[Address, ...]], settle: Callable[[], None]) -> None:
    def settle_if_awaited() -> None:
        if not answer.done():
            settle()

    loop = answer.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle_if_awaited)
