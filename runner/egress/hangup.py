"""Whether a client that sends no more is gone, or only waits for its answer."""

import asyncio
import select


def has_hung_up(client: asyncio.Transport) -> bool:
    """Whether the other end of a unix socket is closed, not just its output (poll(2), POLLHUP)."""
    descriptor: int = client.get_extra_info("socket").fileno()
    if descriptor < 0:
        return True
    closed = select.poll()
    closed.register(descriptor, 0)  # POLLHUP and POLLERR are told unasked
    return bool(closed.poll(0))
