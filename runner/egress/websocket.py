"""WebSocket begun by a plain request (RFC 6455): the one protocol that may be switched to.

Nothing else that `Upgrade` can name is passed on: in HTTP/2 (h2c) one client's requests would
follow each other unseen. And a server must prove that it understood: a 101 that something sends
without meaning it would open a pipe for requests that nobody decides on.
"""

import base64
import hashlib
import re

import h11

from runner.egress.requests import Head, Message, tokens

SWITCH = ((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"))

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
_FRAMING = (b"content-length", b"transfer-encoding")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3


def asked_key(head: Head) -> bytes | None:
    """The key of a WebSocket handshake (RFC 6455 4.2.1); `None` for any other request."""
    request = head.request
    if request.method != b"GET" or request.http_version < b"1.1":
        return None
    if any(_values(request, name) for name in _FRAMING):
        return None
    names_it = b"websocket" in tokens(request, b"upgrade")
    if not names_it or b"upgrade" not in tokens(request, b"connection"):
        return None
    keys = _values(request, b"sec-websocket-key")
    known = _values(request, b"sec-websocket-version") == [b"13"]
    return keys[0] if known and len(keys) == 1 and _KEY.fullmatch(keys[0]) else None


def confirmed(answer: h11.InformationalResponse, key: bytes) -> bool:
    """Whether a 101 comes from a server that switches to WebSocket for this key (4.2.2)."""
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return (
        tokens(answer, b"upgrade") == [b"websocket"]
        and b"upgrade" in tokens(answer, b"connection")
        and _values(answer, b"sec-websocket-accept") == [base64.b64encode(digest)]
        and not any(_values(answer, name) for name in _FRAMING)
    )


def _values(message: Message, name: bytes) -> list[bytes]:
    return [value for key, value in message.headers if key == name]
