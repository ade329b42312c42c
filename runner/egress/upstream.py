"""The proxy that stands between this machine and the internet, where there is one.

Said by the environment of the controller (`HTTPS_PROXY` and its kin) or by settings. Read when the
session opens; `upstream_tunnel` speaks to it. Loads next to nothing.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port
from runner.egress.targets import Target, parse_authority, split_authority
from runner.errors import SettingsInvalid, UsageError

# One proxy for everything, since everything goes through it in tunnels: so the one for tunnels
# comes first.
_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")

_DEFAULT_PORT = 80
_SCHEME = "http://"
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})|%")
_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True, slots=True)
class Exemption:
    """An entry of `NO_PROXY`: a host and the names below it, or without host every one."""

    host: str
    port: int | None = None

    def covers(self, target: Target) -> bool:
        """Whether the target is to be dialled directly."""
        if self.port not in (None, target.port):
            return False
        return not self.host or f".{target.host.text}".endswith(f".{self.host}")


@dataclass(frozen=True, slots=True)
class Upstream:
    """A proxy that connects to other hosts (CONNECT, RFC 9110 9.3.6).

    `authorization` is the value of `Proxy-Authorization`, or empty. It is in no `repr()`, is sent
    to the proxy alone, and belongs in no message.
    """

    proxy: Target
    authorization: bytes = field(default=b"", repr=False)
    exempt: tuple[Exemption, ...] = ()

    def serves(self, target: Target) -> bool:
        """Whether the target may go through it: a name that is not exempt.

        Addresses do not, nor `localhost` (RFC 6761 6.3), which would be the proxy's own.
        """
        host = target.host
        if host.address is not None or f".{host.text}".endswith(".localhost"):
            return False
        return not any(exemption.covers(target) for exemption in self.exempt)


def from_environment(environment: Mapping[str, str]) -> Upstream | None:
    """The upstream proxy the environment names; of two spellings the lower case one counts.

    Raises:
        UsageError: it names one that cannot be used. The message does not hold its value.
    """
    for name in _VARIABLES:
        for spelling in (name.lower(), name):
            if url := environment.get(spelling):
                return _parsed(url, environment, UsageError, spelling)
    return None


def from_setting(url: str, where: str, environment: Mapping[str, str]) -> Upstream | None:
    """The upstream proxy that a settings file names at `where` (file and line); "" is none.

    Whom to dial directly the environment still says (`NO_PROXY`).

    Raises:
        SettingsInvalid: it cannot be used. The message does not hold its value.
    """
    if not url:
        return None
    return _parsed(url, environment, SettingsInvalid, f"{where}: 'sandbox.network.upstreamProxy'")


def _parsed(
    url: str, environment: Mapping[str, str], error: type[UsageError], what: str
) -> Upstream:
    try:
        proxy, authorization = _read(url)
    except NameRefused as refused:
        fix = 'write a proxy such as "http://proxy.example.com:3128", or none'
        raise error(f"{what} names no proxy that can be used: {refused}", fix=fix) from None
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return Upstream(proxy, authorization, exemptions(exempt))


def _read(url: str) -> tuple[Target, bytes]:
    if url[: len(_SCHEME)].lower() != _SCHEME:
        raise NameRefused("only http:// proxies are known")
    credentials, at, authority = url[len(_SCHEME) :].rpartition("@")
    # What belongs to a URL's path may hold an "@" and is no user then.
    if "/" in credentials or "?" in credentials or "#" in credentials:
        raise NameRefused("there is more than user, password, host and port")
    target = parse_authority(authority.removesuffix("/"), _DEFAULT_PORT)
    return target, _basic(credentials) if at else b""


def _basic(credentials: str) -> bytes:
    user, _, password = credentials.partition(":")
    name, secret = _unescaped(user), _unescaped(password)
    if b":" in name:
        raise NameRefused("its user's name holds a colon")
    return b"Basic " + base64.b64encode(name + b":" + secret)


def _unescaped(text: str) -> bytes:
    def byte(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise NameRefused("a per cent sign in its user or password is not written %25")
        return bytes.fromhex(found[1].decode())

    return _ESCAPED.sub(byte, text.encode("utf-8", "surrogateescape"))


def exemptions(text: str) -> tuple[Exemption, ...]:
    """Read `NO_PROXY`: hosts with or without a leading dot or `*.`, each with or without port.

    `*` is every host. An entry that names no host exempts none: what it meant goes to the proxy.
    """
    found = (_exemption(entry) for entry in _SEPARATORS.split(text) if entry)
    return tuple(exemption for exemption in found if exemption is not None)


def _exemption(entry: str) -> Exemption | None:
    try:
        name, port_text = split_authority(entry)
        port = None if port_text is None else canonical_port(port_text)
        if name == "*":
            return Exemption("", port)
        host: Host = canonical_host(name.removeprefix("*").removeprefix("."))
    except NameRefused:
        return None
    return Exemption(host.text, port)
