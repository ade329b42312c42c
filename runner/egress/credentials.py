"""Whose connection it is: the credentials that every client of the proxy has to give.

User `CALL_ID`, password `TOKEN`, because every client sends those when the proxy's URL holds them:
to HTTP as `Proxy-Authorization: Basic base64(CALL_ID:TOKEN)` (RFC 7617), to SOCKS as they are.
"""

import base64
import binascii
import hmac
from collections.abc import Callable

CHALLENGE = b'Proxy-Authenticate: Basic realm="sandbox"'
"""The header line that makes clients such as git and libcurl send what they hold back at first."""


def recognise(header: bytes, token_of: Callable[[str], str | None]) -> str | None:
    """The call a `Proxy-Authorization` value belongs to, or `None`: malformed, unknown, wrong."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, _, token = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return call_of(user, token, token_of)


def call_of(user: bytes, token: bytes, token_of: Callable[[str], str | None]) -> str | None:
    """The call that user and password belong to, or `None`: unknown, wrong.

    `token_of` gives the token of an open call. An unknown call takes as long as a wrong token.
    """
    try:
        call_id = user.decode("ascii")
    except UnicodeDecodeError:
        return None
    expected = token_of(call_id)
    # Compared as bytes: compare_digest() refuses text that is not ASCII.
    matches = hmac.compare_digest(token, (expected or "").encode())
    return call_id if matches and expected else None
