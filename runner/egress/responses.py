"""The head of a server's answer, as the client is to see it: rebuilt from what was parsed."""

from collections.abc import Iterable
from typing import TypeVar

import h11

from runner.egress.requests import end_to_end

AnswerHead = TypeVar("AnswerHead", h11.Response, h11.InformationalResponse)


def retold(head: AnswerHead, connection: Iterable[tuple[bytes, bytes]] = ()) -> AnswerHead:
    """The same status and reason, with what is meant for the client; `connection` says what
    becomes of the connection.

    Raises:
        h11.RemoteProtocolError: its body could be framed in two ways.
    """
    names = {name for name, _ in head.headers}
    if {b"content-length", b"transfer-encoding"} <= names:
        raise h11.RemoteProtocolError("framed in two ways")
    headers = [*end_to_end(head), *connection]
    return type(head)(status_code=head.status_code, headers=headers, reason=head.reason)
