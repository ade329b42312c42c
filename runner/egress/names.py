"""A host's one spelling.

Text from a request or a rule becomes a `Host`, and only that form is decided on, resolved, dialled
and logged. Text that two readers could take for two hosts is refused, not repaired.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

LONGEST_INPUT = 1024
"""Characters looked at before anything else is done with them; a name has at most 253."""

# Underscores are no part of a host name by RFC 952, but names that hold them are in use (service
# names of compose files, older buckets), and every resolver looks them up without a second reading.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

# What inet_aton(3) could read as an IPv4 address always ends in such a label (WHATWG URL 3.5).
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")

_MISPLACED = {
    "@": "it carries user information",
    "%": "it is percent-encoded or carries a zone",
    "/": "it holds a slash: write a host, not a URL",
    "\\": "it holds a backslash",
    "?": "it holds a question mark",
    "#": "it holds a fragment",
}


class NameRefused(ValueError):
    """Text that names no host or port, or could be read as naming two. `str()` says why.

    Caught inside this package, where it becomes an answer or a `UsageError`.
    """


@dataclass(frozen=True, slots=True)
class Host:
    """A host in its one spelling: an ASCII name in lower case, or an address without brackets."""

    text: str
    address: Address | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def in_authority(self) -> str:
        """As it stands in `host:port` (RFC 3986 3.2.2): IPv6 in brackets."""
        return f"[{self.text}]" if isinstance(self.address, IPv6Address) else self.text


def canonical_host(text: str) -> Host:
    """Read a host: a name, an IPv4 address, or an IPv6 address with or without brackets.

    Case is folded, one trailing dot dropped, an international name turned into its A-labels
    (UTS 46, RFC 5891), and an IPv4-mapped IPv6 address into the IPv4 address it is.
    `canonical_host(host.text) == host` for every host it returns.

    Raises:
        NameRefused: it is no host, or not plainly one.
    """
    _refuse_misplaced(text)
    if text.startswith("["):
        return _bracketed(text)
    if ":" in text:
        return _ipv6(text)
    name = _ascii_name(text).removesuffix(".")
    if _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    _check_name(name)
    return Host(name)


def canonical_port(text: str) -> int:
    """Read a TCP port, 1 to 65535: ASCII digits without sign or leading zeros.

    Raises:
        NameRefused: it is anything else.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > 5 or text.startswith("0"):
        raise NameRefused("the port is not a number from 1 to 65535")
    if int(text) > 65535:
        raise NameRefused("the port is above 65535")
    return int(text)


def shown(text: str, longest: int = 80) -> str:
    """Text of unknown origin made safe to show: ASCII only, escaped, at most `longest` long."""
    escaped = ascii(text)[1:-1]
    return escaped if len(escaped) <= longest else escaped[: longest - 3] + "..."


def _refuse_misplaced(text: str) -> None:
    if not text:
        raise NameRefused("the host is empty")
    if len(text) > LONGEST_INPUT:
        raise NameRefused("the host is too long")
    # isprintable() is false for controls and for the invisible and bidirectional format characters.
    if " " in text or not text.isprintable():
        raise NameRefused("it holds white space, control or invisible characters")
    for character, reason in _MISPLACED.items():
        if character in text:
            raise NameRefused(reason)


def _bracketed(text: str) -> Host:
    if not text.endswith("]") or ":" not in text:
        raise NameRefused("brackets are for IPv6 addresses")
    return _ipv6(text[1:-1])


def _ipv6(text: str) -> Host:
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        raise NameRefused("it is not an IPv6 address") from error
    mapped = address.ipv4_mapped
    return Host(str(mapped), mapped) if mapped else Host(str(address), address)


def _ipv4(text: str) -> Host:
    try:
        address = IPv4Address(text)
    except AddressValueError as error:
        # Short, octal, hexadecimal and one-number forms: resolvers disagree on what they mean.
        raise NameRefused("it is not an IPv4 address of four decimal numbers") from error
    return Host(str(address), address)


def _ascii_name(text: str) -> str:
    folded = text.lower() if text.isascii() else text
    if text.isascii() and "xn--" not in folded:
        return folded
    return _international_name(folded)


def _international_name(text: str) -> str:
    import idna  # here, because it costs 25 ms and few names need it

    try:
        labels = idna.uts46_remap(text, std3_rules=False).split(".")
        return ".".join(
            label if _is_plain(label) else idna.alabel(label).decode() for label in labels
        )
    except UnicodeError as error:
        raise NameRefused("it is not a valid international name") from error


def _is_plain(label: str) -> bool:
    return label.isascii() and not label.startswith("xn--")


def _check_name(name: str) -> None:
    if len(name) > 253:
        raise NameRefused("the name is longer than 253 characters")
    for label in name.split("."):
        if not label:
            raise NameRefused("the name has an empty label")
        if len(label) > 63:
            raise NameRefused("a label of the name is longer than 63 characters")
        if not _LABEL.fullmatch(label):
            raise NameRefused("a label of the name holds characters no host name has")
