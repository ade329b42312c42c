"""HTTP as clients speak it to the proxy: one head after another, each with its credentials."""

from collections.abc import Callable

from runner.egress import answers
from runner.egress.credentials import recognise
from runner.egress.languages import Heard, Named, Order, Unanswerable
from runner.egress.requests import Head, RequestRefused, interpret, parse_head, take_head
from runner.egress.rules import Verdict
from runner.egress.targets import Target


class Http:
    """Requests of one client. Every head gives a name first, then an order."""

    welcome = b""

    def __init__(self, token_of: Callable[[str], str | None], head_bytes: int) -> None:
        self._token_of = token_of
        self._head_bytes = head_bytes
        self._head: Head | None = None
        self._method = ""

    def hear(self, buffer: bytearray) -> Heard | None:
        """Whose the next request is; then, what it asks for."""
        head, self._head = self._head, None
        try:
            return self._order(head) if head else self._name(buffer)
        except RequestRefused as refused:
            raise _unanswerable(refused) from refused

    def stranger(self) -> bytes:
        """407."""
        return self._worded(answers.who_are_you())

    def crowded(self) -> bytes:
        """503."""
        return self._worded(answers.answer(503, "the call has too many connections open"))

    def late(self) -> bytes:
        """408."""
        return answers.answer(408, "the request took too long")

    def refused(self, target: Target, verdict: Verdict) -> bytes:
        """403."""
        return self._worded(answers.not_allowed(target, verdict))

    def unreached(self, target: Target, reason: str) -> bytes:
        """502."""
        return self._worded(answers.not_reached(target, reason))

    def _name(self, buffer: bytearray) -> Named | None:
        raw = take_head(buffer, self._head_bytes)
        if raw is None:
            return None
        self._head = head = parse_head(raw)
        self._method = head.method
        header = head.value(b"proxy-authorization")
        return Named(None if header is None else recognise(header, self._token_of))

    def _order(self, head: Head) -> Order:
        try:
            asked = interpret(head)
        except RequestRefused as refused:
            raise _unanswerable(refused, head.request.target.decode("ascii")) from refused
        return Order(asked, None if asked.method == "CONNECT" else head)

    def _worded(self, answer: bytes) -> bytes:
        return answers.without_body(answer) if self._method == "HEAD" else answer


def _unanswerable(refused: RequestRefused, target: str | None = None) -> Unanswerable:
    reason = str(refused)
    return Unanswerable(answers.answer(refused.status, reason), reason, target)
