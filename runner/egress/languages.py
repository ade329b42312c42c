"""What is needed of any protocol that a client may speak to the proxy.

A language understands what clients send and words what they are told. It decides nothing, and sees
neither the client's connection nor the server's.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from runner.egress.answers import TUNNEL_STANDS
from runner.egress.requests import Asked, Head
from runner.egress.rules import Verdict
from runner.egress.targets import Target


@dataclass(frozen=True, slots=True)
class Named:
    """The client has said whose it is: an open call's, or nobody's."""

    call_id: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """What the client wants: with a `head` a plain request is to be carried out, without one a
    tunnel is to be built, and `stands` tells the client that it has been.
    """

    asked: Asked
    head: Head | None = None
    stands: bytes = TUNNEL_STANDS

    @property
    def waiting_bytes(self) -> int | None:
        """How long a body the client has announced; `None` when nobody knows."""
        length = None if self.head is None else self.head.value(b"content-length")
        return None if length is None else int(length)


Heard: TypeAlias = bytes | Named | Order
"""Bytes are part of the protocol's own conversation, to be sent back as they are."""


class Unanswerable(Exception):
    """What a client sent leads to no server. `str()` is the reason, safe to show.

    `answer` is what the client is told. `target` is what stood where a place should be, if it came
    that far: it belongs into the call's account.
    """

    def __init__(self, answer: bytes, reason: str, target: str | None = None) -> None:
        super().__init__(reason)
        self.answer = answer
        self.target = target


class Language(Protocol):
    """One client's conversation. A name comes before an order; the answers end it."""

    welcome: bytes
    """For a client whose name was accepted."""

    def hear(self, buffer: bytearray) -> Heard | None:
        """Cut the next thing said off the front of `buffer`; `None` while it is incomplete.

        Raises:
            Unanswerable: it is not understood, or asks for what is not done here.
        """

    def stranger(self) -> bytes:
        """The credentials are no open call's."""

    def crowded(self) -> bytes:
        """The call has too many connections open."""

    def late(self) -> bytes:
        """The rest did not come in time."""

    def refused(self, target: Target, verdict: Verdict) -> bytes:
        """The target is not allowed."""

    def unreached(self, target: Target, reason: str) -> bytes:
        """The target is allowed, and no server answered as it should."""
