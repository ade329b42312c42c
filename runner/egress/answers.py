"""What the proxy itself says to a client: one short plain-text answer, after which it hangs up.

It always hangs up: bytes that follow a refused request may have been meant for a tunnel, and must
not be read as another request.
"""

from http import HTTPStatus

from runner.egress.credentials import CHALLENGE
from runner.egress.rules import Verdict
from runner.egress.targets import Target

TUNNEL_STANDS = b"HTTP/1.1 200 Connection established\r\n\r\n"


def answer(status: int, text: str, *headers: bytes) -> bytes:
    """A whole response. `text` is one line, safe to show."""
    body = f"sandbox: {text}\n".encode("ascii", "backslashreplace")
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(body),
        b"Connection: close",
        *headers,
    )
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def without_body(response: bytes) -> bytes:
    """The same response, as it answers a HEAD request (RFC 9110 9.3.2)."""
    return response[: response.index(b"\r\n\r\n") + 4]


def who_are_you() -> bytes:
    """407: no credentials, or those of no open call (RFC 9110 15.5.8)."""
    text = "the proxy needs the credentials of an open call; its URL in HTTPS_PROXY holds them"
    return answer(407, text, CHALLENGE)


def not_allowed(target: Target, verdict: Verdict) -> bytes:
    """403: what was refused, why if some rule says so, and what would allow it."""
    because = f": {verdict.reason}" if verdict.rule else ""
    remedy = f". To allow it: {verdict.remedy}" if verdict.remedy else ""
    return answer(403, f"{target} is not allowed{because}{remedy}")


def not_reached(target: Target, reason: str) -> bytes:
    """502: allowed, but no server could be reached, or it did not speak HTTP."""
    return answer(502, f"{target} is allowed, but could not be reached: {reason}")
