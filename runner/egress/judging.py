"""Whether one address may be contacted, for a target that some rule allows."""

import socket
from ipaddress import IPv4Address

from runner.egress.addresses import Reach, reach, refusal, within
from runner.egress.current_rules import Rules
from runner.egress.names import Address, Host
from runner.egress.rules import Rule, Verdict
from runner.egress.targets import Target


def address_refusal(rules: Rules, target: Target, address: Address, rule: Rule) -> Verdict | None:
    """Why `address`, which is one of the target's, is out of reach of the rule that allows it."""
    host = Host(str(address), address)
    if denying := rules.denying(Target(host, target.port)):
        reason = f"it resolves to the denied address {address}"
        return Verdict("deny", denying, reason)
    place = reach(address)
    if place in (Reach.PUBLIC, Reach.PRIVATE) and is_own(address):
        place = Reach.OWN
    return None if within(rule, place) else refusal(target, address, place, rule)


def is_own(address: Address) -> bool:
    """Whether the address is this machine's own: only such an address can be bound to.

    Where the kernel lets any be bound (`net.ipv4.ip_nonlocal_bind`), all are taken for own and
    refused.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
