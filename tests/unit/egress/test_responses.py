"""The head of an answer is written anew, without what was between the server and the proxy."""

import h11
import pytest

from runner.egress.responses import retold


def test_an_answer_keeps_its_status_reason_and_what_is_for_the_client() -> None:
    head = h11.Response(
        status_code=418,
        reason=b"Teapot",
        headers=[
            (b"Connection", b"keep-alive, X-Hop"),
            (b"X-Hop", b"1"),
            (b"Upgrade", b"h2c"),
            (b"Proxy-Authenticate", b"Basic"),
            (b"X-Kept", b"1"),
            (b"Content-Length", b"0"),
        ],
    )
    told = retold(head, [(b"Connection", b"close")])
    assert (told.status_code, bytes(told.reason)) == (418, b"Teapot")
    assert told.headers.raw_items() == [
        (b"X-Kept", b"1"),
        (b"Content-Length", b"0"),
        (b"Connection", b"close"),
    ]


def test_a_hint_stays_a_hint() -> None:
    hint = h11.InformationalResponse(status_code=103, headers=[(b"Link", b"</x>")])
    assert retold(hint) == hint


def test_an_answer_with_two_lengths_is_none() -> None:
    twice = [(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")]
    with pytest.raises(h11.RemoteProtocolError):
        retold(h11.Response(status_code=200, headers=twice))
    with pytest.raises(h11.RemoteProtocolError):
        retold(h11.InformationalResponse(status_code=103, headers=twice))
