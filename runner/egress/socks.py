"""SOCKS5: bytes → greeting, credentials, request (RFC 1928), and the replies. Nothing is decided.

Every message says how long it is, in one byte per part: none is longer than 513 bytes.
"""

import errno
import os
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from runner.egress.names import NameRefused, canonical_host, canonical_port
from runner.egress.targets import Target

VERSION = 5
WITH_PASSWORD = b"\5\2"
"""Chosen is username and password, the only method there is (RFC 1929)."""
NO_METHOD = b"\5\xff"
ADMITTED = b"\1\0"
NOT_ADMITTED = b"\1\1"

_CONNECT, _BIND, _UDP_ASSOCIATE = 1, 2, 3
_IPV4, _NAME, _IPV6 = 1, 3, 4
_PASSWORD_METHOD = 2

SUCCEEDED = 0
FAILED = 1
NOT_ALLOWED = 2
HOST_UNREACHABLE = 4
CONNECTION_REFUSED = 5
NOT_A_COMMAND = 7
NOT_AN_ADDRESS_TYPE = 8

# As `dialling` words it: a reason is text by the time it gets here.
_REFUSED_BY_SERVER = os.strerror(errno.ECONNREFUSED).lower()


class SocksRefused(Exception):
    """A message that leads nowhere. `answer` ends the conversation; `str()` is safe to show.

    `target` is what stood where the place should be, if the message was a request.
    """

    def __init__(self, answer: bytes, reason: str, target: str | None = None) -> None:
        super().__init__(reason)
        self.answer = answer
        self.target = target


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client says it is; nobody has looked at it."""

    user: bytes
    password: bytes


def reply(code: int) -> bytes:
    """A reply to a request. Which address we speak from concerns no client: it is left zero."""
    return bytes((VERSION, code, 0, _IPV4, 0, 0, 0, 0, 0, 0))


def reply_unreached(reason: str) -> bytes:
    """The reply for an allowed target that did not answer."""
    return reply(CONNECTION_REFUSED if reason == _REFUSED_BY_SERVER else HOST_UNREACHABLE)


def take_greeting(buffer: bytearray) -> bytes | None:
    """Cut the greeting off; the answer to it. `None` while it is incomplete.

    Raises:
        SocksRefused: the client does not offer to say who it is.
    """
    if len(buffer) < 2 or len(buffer) < 2 + buffer[1]:
        return None
    methods = _cut(buffer, 2 + buffer[1])[2:]
    if _PASSWORD_METHOD not in methods:
        raise SocksRefused(NO_METHOD, "the client offers no username and password")
    return WITH_PASSWORD


def take_credentials(buffer: bytearray) -> Credentials | None:
    """Cut username and password off (RFC 1929 2). `None` while they are incomplete.

    Raises:
        SocksRefused: it is another version of them.
    """
    if buffer and buffer[0] != 1:
        raise SocksRefused(NOT_ADMITTED, "the credentials are of another version")
    if len(buffer) < 2 or len(buffer) < 3 + buffer[1]:
        return None
    end_of_user = 2 + buffer[1]
    end = end_of_user + 1 + buffer[end_of_user]
    if len(buffer) < end:
        return None
    message = _cut(buffer, end)
    return Credentials(message[2:end_of_user], message[end_of_user + 1 :])


def take_request(buffer: bytearray) -> Target | None:
    """Cut the request off: where a tunnel is to lead. `None` while it is incomplete.

    Raises:
        SocksRefused: it asks for something else than a tunnel, or for no plain host and port.
    """
    if len(buffer) < 5:
        return None
    length = _length(buffer)
    if len(buffer) < length:
        return None
    message = _cut(buffer, length)
    if message[0] != VERSION or message[2] != 0:
        raise SocksRefused(reply(FAILED), "the request is not valid SOCKS5")
    text, port = _address(message[3], message[4:-2]), int.from_bytes(message[-2:], "big")
    if message[1] != _CONNECT:
        raise SocksRefused(reply(NOT_A_COMMAND), _not_done(message[1]), text)
    return _target(text, port)


def _length(buffer: bytearray) -> int:
    match buffer[3]:
        case 1:
            return 4 + 4 + 2
        case 3:
            return 4 + 1 + buffer[4] + 2
        case 4:
            return 4 + 16 + 2
        case _:
            raise SocksRefused(reply(NOT_AN_ADDRESS_TYPE), "the address is of an unknown type")


def _address(kind: int, raw: bytes) -> str:
    if kind == _IPV4:
        return str(IPv4Address(raw))
    if kind == _IPV6:
        return str(IPv6Address(raw))
    # Names travel in ASCII, international ones as A-labels; what else comes is not guessed at.
    return raw[1:].decode("ascii", "backslashreplace")


def _target(text: str, port: int) -> Target:
    try:
        return Target(canonical_host(text), canonical_port(str(port)))
    except NameRefused as error:
        reason = f"the target cannot be used: {error}"
        raise SocksRefused(reply(FAILED), reason, text) from error


def _not_done(command: int) -> str:
    names = {_BIND: "BIND", _UDP_ASSOCIATE: "UDP ASSOCIATE"}
    return f"{names.get(command, 'this command')} of SOCKS is not offered, only CONNECT"


def _cut(buffer: bytearray, length: int) -> bytes:
    cut = bytes(buffer[:length])
    del buffer[:length]
    return cut
