"""Whose connection it is: the credentials every request to the proxy carries.

`Proxy-Authorization: Basic base64(CALL_ID:TOKEN)` (RFC 7617), because that is what every client
sends when the proxy's URL holds a user and a password.
"""

import base64
import binascii
import hmac
from collections.abc import Callable

CHALLENGE = b'Proxy-Authenticate: Basic realm="sandbox"'
"""The header line that makes clients such as git and libcurl send what they hold back at first."""


def recognise(header: bytes, token_of: Callable[[str], str | None]) -> str | None:
    """The call a `Proxy-Authorization` value belongs to, or `None`: malformed, unknown, wrong.

    `token_of` gives the token of an open call. An unknown call takes as long as a wrong token.
    """
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, _, token = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        call_id = user.decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    expected = token_of(call_id)
    # Compared as bytes: compare_digest() refuses text that is not ASCII.
    matches = hmac.compare_digest(token, (expected or "").encode())
    return call_id if matches and expected else None
