"""What would become of a connection: said from the rules alone, nothing dialled or resolved."""

from dataclasses import dataclass

from runner.egress.judging import address_refusal
from runner.egress.names import NameRefused
from runner.egress.rules import SESSION, Decision, EgressRules, Rule, Verdict
from runner.egress.targets import Target, parse_authority

HTTPS_PORT = 443

_PORTS = {"http": 80, "ws": 80, "https": HTTPS_PORT, "wss": HTTPS_PORT, "ssh": 22, "git": 9418}


@dataclass(frozen=True, slots=True)
class Checked:
    """The decision, on which host and port (`None`: the text names no one host), and why.

    A name that may be contacted may still resolve to an address that may not.
    """

    decision: Decision
    canonical: str | None
    reason: str


def checked(text: str, rules: EgressRules) -> Checked:
    """The decision on a host, `host:port` or URL; without a port it is the scheme's, or 443."""
    try:
        target = parse_place(text)
    except NameRefused as refused:
        return Checked("deny", None, str(refused))
    verdict = _as_dialled(rules, target, rules.decide(target))
    source = f" ({verdict.rule.source})" if verdict.rule else ""
    return Checked(verdict.decision, str(target), verdict.reason + source)


def parse_place(text: str) -> Target:
    """Read a host, `host:port` or a URL of any scheme with a port of its own.

    Raises:
        NameRefused: it is not plainly one host and one port.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return parse_authority(text, HTTPS_PORT)
    if (port := _PORTS.get(scheme.lower())) is None:
        raise NameRefused("the port of its scheme is not known")
    # A fragment or backslash is looked for in the authority: readers disagree whether it ends it.
    cut = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    return parse_authority(rest[:cut], port)


def _as_dialled(rules: EgressRules, target: Target, verdict: Verdict) -> Verdict:
    """The verdict once the address is judged, where the target names one."""
    address = target.host.address
    if address is None or verdict.decision == "deny":
        return verdict
    # A yes is a rule for this one target, written by nobody, and reaches no further than such.
    asked = Rule(str(target), SESSION, target.host, port=target.port)
    rule = verdict.rule if verdict.decision == "allow" and verdict.rule else asked
    refused = address_refusal(rules, target, address, rule)
    if refused is None or rule is not asked:
        return refused or verdict
    return Verdict("deny", None, refused.reason)
