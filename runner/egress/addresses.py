"""What an address leads to, and whether the rule that allowed a name reaches that far.

Every address a name resolves to is judged, and the judged one is dialled. One bad address condemns
the name: an honest name has none, and picking the good ones would let a rebinding server retry.
"""

from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_network

from runner.egress.names import Address
from runner.egress.rules import Rule, Verdict, allow_option, opens_private
from runner.egress.targets import Target


class Reach(Enum):
    """What kind of place an address is; the value reads after "a" or "an" in a message."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    METADATA = "cloud metadata"
    MULTICAST = "multicast"
    UNSPECIFIED = "unspecified"
    RESERVED = "reserved"
    OWN = "local (this machine's own)"


# First match decides, so single addresses stand before the ranges around them. The ranges are the
# IANA special-purpose registries (RFC 6890), written out because what `ipaddress` calls private
# differs between Python releases (CVE-2024-4032).
_PLACES = tuple(
    (ip_network(text), reach)
    for reach, *texts in (
        (Reach.METADATA, "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200"),
        (Reach.METADATA, "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23"),
        (Reach.METADATA, "fd20:ce::254", "fd00:42::42"),
        (Reach.UNSPECIFIED, "0.0.0.0/8", "::"),
        (Reach.LOOPBACK, "127.0.0.0/8", "::1"),
        (Reach.LINK_LOCAL, "169.254.0.0/16", "fe80::/10"),
        (Reach.PRIVATE, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        (Reach.PRIVATE, "100.64.0.0/10", "198.18.0.0/15"),  # carrier NAT, benchmarking
        # For documentation (RFC 5737, 3849, 9637): nobody's on the internet, and so what some
        # gateways that stand in for other hosts answer with.
        (Reach.PRIVATE, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
        (Reach.PRIVATE, "2001:db8::/32", "3fff::/20"),
        (Reach.MULTICAST, "224.0.0.0/4", "ff00::/8"),
        (Reach.RESERVED, "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23"),
        (Reach.PUBLIC, "0.0.0.0/0", "2000::/3"),
        (Reach.RESERVED, "::/0"),
    )
    for text in texts
)

# Addresses that hold an IPv4 address, and how far from the right: a gateway on the way would dial
# the inner one. NAT64 (RFC 6052), IPv4-translated (RFC 2765), IPv4-mapped and -compatible
# (RFC 4291), 6to4 (RFC 3056). Teredo and local NAT64 prefixes (RFC 8215) stay reserved: nothing
# says which IPv4 address they lead to.
_EMBEDDING = (
    (ip_network("64:ff9b::/96"), 0),
    (ip_network("::ffff:0:0:0/96"), 0),
    (ip_network("::ffff:0:0/96"), 0),
    (ip_network("::/96"), 0),
    (ip_network("2002::/16"), 80),
)


def reach(address: Address) -> Reach:
    """What kind of place an address leads to, by its number alone."""
    found = next(place for network, place in _PLACES if address in network)
    inner = embedded(address) if found not in (Reach.UNSPECIFIED, Reach.LOOPBACK) else None
    return found if inner is None else reach(inner)


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 address that some gateway would unwrap."""
    if not isinstance(address, IPv6Address):
        return None
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
    return None


def within(rule: Rule, place: Reach) -> bool:
    """Whether a rule that allowed a name reaches a place of this kind.

    Public: always. Private: if the rule names the host itself and the repository cannot have
    written it. Anything else: if, moreover, it names the address, not a name; for loopback
    `localhost` counts as its address (RFC 6761 6.3).
    """
    if place is Reach.PUBLIC:
        return True
    if not opens_private(rule) or rule.host is None:
        return False
    names_loopback = place is Reach.LOOPBACK and rule.host.text == "localhost"
    return place is Reach.PRIVATE or rule.host.address is not None or names_loopback


def refusal(target: Target, address: Address, place: Reach, rule: Rule) -> Verdict:
    """The verdict on a target whose name leads to a place the rule does not reach."""
    article = "an" if place is Reach.UNSPECIFIED else "a"
    leads = "is" if target.host.address else f"resolves to {address},"
    reason = f"it {leads} {article} {place.value} address, which needs a rule of its own"
    if place is Reach.PRIVATE:
        return Verdict("deny", rule, reason, allow_option(target.host.in_authority))
    by_number = allow_option(_literal(address))
    remedy = by_number if target.host.address else f"{by_number}, and contact it by that number"
    return Verdict("deny", rule, reason, remedy)


def _literal(address: Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
