"""Where a connection wants to go: a host in its one spelling, and a port.

The two ways a proxy request names it: `host:port` (RFC 9112 3.2.3) and an absolute `http://` URL
(RFC 9112 3.2.2). Split by hand, because lenient URL parsers repair what must be refused.
"""

from dataclasses import dataclass

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port

HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Target:
    """One host and port; `str()` is the authority, with IPv6 in brackets."""

    host: Host
    port: int

    def __str__(self) -> str:
        return f"{self.host.in_authority}:{self.port}"


def split_authority(text: str) -> tuple[str, str | None]:
    """Cut `host`, `host:port`, `[v6]` or `[v6]:port` into host text and port text.

    Raises:
        NameRefused: an IPv6 address stands without brackets, or text follows them.
    """
    if text.startswith("["):
        inside, bracket, after = text.partition("]")
        if after and not after.startswith(":"):
            raise NameRefused("text follows the closing bracket")
        return inside + bracket, after[1:] if after else None
    if text.count(":") > 1:
        raise NameRefused("an IPv6 address stands in brackets: [::1]")
    host, colon, port = text.partition(":")
    return host, port if colon else None


def parse_authority(text: str, default_port: int | None = None) -> Target:
    """Read `host:port`; without `default_port` the port is required.

    Raises:
        NameRefused: it is not plainly one host and one port.
    """
    host, port = split_authority(text)
    if port is None and default_port is None:
        raise NameRefused("the port is missing")
    canonical = canonical_host(host)
    return Target(canonical, default_port or 0 if port is None else canonical_port(port))


def parse_url(text: str) -> tuple[Target, str]:
    """Read an absolute `http://` URL into where it goes and the path with query to ask for there.

    Raises:
        NameRefused: another scheme, user information, a fragment, or no plain host and port.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() != "http":
        raise NameRefused("only http:// URLs are forwarded; everything else uses CONNECT")
    if "#" in rest:
        raise NameRefused("it holds a fragment")
    cut = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    path = rest[cut:]
    return parse_authority(rest[:cut], HTTP_PORT), path if path.startswith("/") else "/" + path
