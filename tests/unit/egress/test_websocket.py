"""A WebSocket handshake is one, or the request stays plain."""

import h11
import pytest

from runner.egress.requests import forwarded, interpret, parse_head
from runner.egress.websocket import SWITCH, asked_key, confirmed

GET = b"GET http://example.com/chat HTTP/1.1\r\nHost: example.com\r\n"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # with its answer, the example of RFC 6455 1.3
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
ASKING = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
HANDSHAKE = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        ASKING + HANDSHAKE,
        b"UPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n" + HANDSHAKE,
        b"Upgrade: h2c, websocket\r\nConnection: Upgrade, HTTP2-Settings\r\n" + HANDSHAKE,
        b"Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: x\r\nConnection: Upgrade\r\n"
        + HANDSHAKE,
    ],
    ids=ascii,
)
def test_a_handshake_is_passed_on_as_one_for_websocket_alone(headers: bytes) -> None:
    head = parse_head(GET + headers + b"\r\n")
    assert asked_key(head) == KEY
    sent = forwarded(head, interpret(head), SWITCH)
    hops = [
        pair for pair in sent.headers.raw_items() if pair[0].lower() in (b"upgrade", b"connection")
    ]
    assert hops == [(b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")]
    assert (b"Sec-WebSocket-Key", KEY) in sent.headers.raw_items()


@pytest.mark.parametrize(
    "head",
    [
        GET,
        GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n" + HANDSHAKE,
        GET + b"Upgrade: websocketx\r\nConnection: Upgrade\r\n" + HANDSHAKE,
        GET + b"Upgrade: websocket\r\n" + HANDSHAKE,
        GET + b"Connection: Upgrade\r\n" + HANDSHAKE,
        GET + ASKING,
        GET + ASKING + HANDSHAKE.replace(b"13", b"8"),
        GET + ASKING + HANDSHAKE.replace(b"13", b"13, 8"),
        GET + ASKING + HANDSHAKE.replace(KEY, b"short"),
        GET + ASKING + HANDSHAKE + HANDSHAKE,
        GET + ASKING + HANDSHAKE + b"Content-Length: 3\r\n",
        GET + ASKING + HANDSHAKE + b"Content-Length: 0\r\n",
        GET + ASKING + HANDSHAKE + b"Transfer-Encoding: chunked\r\n",
        GET.replace(b"GET", b"POST") + ASKING + HANDSHAKE,
        GET.replace(b"GET", b"get") + ASKING + HANDSHAKE,
        GET.replace(b"/1.1", b"/1.0") + ASKING + HANDSHAKE,
    ],
    ids=ascii,
)
def test_whatever_else_asks_to_switch_stays_plain(head: bytes) -> None:
    parsed = parse_head(head + b"\r\n")
    assert asked_key(parsed) is None
    sent = forwarded(parsed, interpret(parsed))
    assert [value for name, value in sent.headers if name in (b"upgrade", b"connection")] == [
        b"close"
    ]


def answer(*headers: tuple[bytes, bytes]) -> h11.InformationalResponse:
    return h11.InformationalResponse(status_code=101, headers=list(headers))


UPGRADED = ((b"Upgrade", b"WebSocket"), (b"Connection", b"upgrade"))
ACCEPTED = (b"Sec-WebSocket-Accept", ACCEPT)


def test_the_answer_to_the_key_confirms_the_switch() -> None:
    assert confirmed(answer(*UPGRADED, ACCEPTED, (b"Sec-WebSocket-Protocol", b"chat")), KEY)


@pytest.mark.parametrize(
    "headers",
    [
        UPGRADED,
        (*UPGRADED, (b"Sec-WebSocket-Accept", ACCEPT.lower())),
        (*UPGRADED, (b"Sec-WebSocket-Accept", KEY)),
        (*UPGRADED, ACCEPTED, ACCEPTED),
        (ACCEPTED, (b"Connection", b"Upgrade")),
        (ACCEPTED, (b"Upgrade", b"websocket")),
        (ACCEPTED, (b"Upgrade", b"h2c"), (b"Connection", b"Upgrade")),
        (ACCEPTED, (b"Upgrade", b"websocket, h2c"), (b"Connection", b"Upgrade")),
        (*UPGRADED, ACCEPTED, (b"Content-Length", b"5")),
        (*UPGRADED, ACCEPTED, (b"Transfer-Encoding", b"chunked")),
    ],
    ids=ascii,
)
def test_another_answer_confirms_nothing(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    assert not confirmed(answer(*headers), KEY)
