"""Rules: what is denied stays denied, and what nobody allowed is not allowed."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from runner.egress.names import Host
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.egress.targets import Target, parse_authority
from runner.errors import UsageError
from tests.fuzz.effort import patiently
from tests.fuzz.texts import NAMES, hosts, ports

_PORTS = ["", ":80", ":443"]
_written = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "*."]),
    st.sampled_from(NAMES[:4]),
    st.sampled_from(_PORTS),
)
_allowed = st.lists(_written, max_size=5)
_denied = st.lists(_written | st.sampled_from(["*", "*:443", "*.com"]), max_size=3)
_targets = st.builds(
    lambda name, port: Target(Host(name), port),
    st.sampled_from(NAMES[:4]),
    st.sampled_from([80, 443]),
)


def rules(allowed: list[str], denied: list[str]) -> EgressRules:
    """As the command line would give them."""
    return EgressRules.from_sources(
        [(text, COMMAND_LINE) for text in allowed], [(text, COMMAND_LINE) for text in denied]
    )


def speaks_of(text: str, target: Target) -> bool:
    """A second reader of rules, for the plain ones of this file."""
    host, _, port = text.partition(":")
    if port and int(port) != target.port:
        return False
    if host == "*":
        return True
    if host.startswith("*."):
        return target.host.text.endswith(host[1:])
    return host == target.host.text


@patiently
@given(_allowed, _denied, _targets)
def test_a_denied_rule_wins_and_nothing_is_allowed_by_none(
    allowed: list[str], denied: list[str], target: Target
) -> None:
    opens = any(speaks_of(text, target) for text in allowed)
    shuts = any(speaks_of(text, target) for text in denied)
    decision = rules(allowed, denied).decide(target).decision
    assert (decision == "allow") == (opens and not shuts)
    assert (decision == "deny") or not shuts


@patiently
@given(_allowed, _denied, _targets, st.randoms())
def test_the_order_of_rules_does_not_matter(
    allowed: list[str], denied: list[str], target: Target, chance: Random
) -> None:
    before = rules(allowed, denied).decide(target).decision
    chance.shuffle(allowed)
    chance.shuffle(denied)
    assert rules(allowed, denied).decide(target).decision == before


@patiently
@given(_allowed, _denied, _targets, _written)
def test_one_more_denied_rule_opens_nothing(
    allowed: list[str], denied: list[str], target: Target, more: str
) -> None:
    before = rules(allowed, denied).decide(target).decision
    after = rules(allowed, [*denied, more]).decide(target).decision
    assert after in (before, "deny")


@patiently
@given(st.builds("{}{}".format, st.sampled_from(["", "*.", "*", "**."]), hosts()), ports)
def test_a_rule_is_read_or_refused_and_never_means_every_host(text: str, port: str) -> None:
    for written in (text, f"{text}:{port}"):
        try:
            (rule,) = rules([written], []).allowed
        except UsageError:
            continue
        assert rule.host is not None
        assert not rule.subdomains or "." in rule.host.text


@patiently
@given(hosts(), ports)
def test_what_a_rule_names_is_what_it_allows(host: str, port: str) -> None:
    try:
        found = rules([f"{host}:{port}"], [])
        target = parse_authority(f"{host}:{port}")
    except (UsageError, ValueError):
        return
    assert found.decide(target).decision == "allow"
    assert rules([f"{host}:{port}"], [host]).decide(target).decision == "deny"
