"""The host that was decided on is the host that is dialled, at an address that was judged."""

import asyncio
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from runner.egress.addresses import Reach, reach
from runner.egress.gate import Contact, RulesGate
from runner.egress.names import Address
from runner.egress.requests import Asked, RequestRefused, interpret, parse_head, take_head
from runner.egress.rules import COMMAND_LINE, EgressRules, Rule, RuleSource
from runner.egress.way import Reached, Refused, Unreached, Way
from tests.fuzz.dialled import Recorder
from tests.fuzz.effort import patiently
from tests.fuzz.heads import heads, plain
from tests.fuzz.texts import NAMES

PROJECT = RuleSource("settings.json", 1, "project")

_written = st.sampled_from(
    [*NAMES[:5], "*.example.com", "[::1]", "93.184.215.14", "example.com:80"]
)
_scopes = st.sampled_from([COMMAND_LINE, PROJECT])
_denied = st.sampled_from([*NAMES[:3], "*.example.com", "127.0.0.1", "10.0.0.1", "[::1]"])
_rules = st.builds(
    EgressRules.from_sources,
    st.lists(st.tuples(_written, _scopes), min_size=1, max_size=6),
    st.lists(st.tuples(_denied, _scopes), max_size=1),
)
_every_name = st.builds(
    EgressRules.from_sources,
    st.just([(name, PROJECT) for name in NAMES]),
    st.lists(st.tuples(st.sampled_from(["93.184.215.14", "[2606:2800::1]"]), _scopes), max_size=1),
)
_known = st.sampled_from(
    ["93.184.215.14", "2606:2800::1", "127.0.0.1", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
).map(ip_address)
_addresses = st.lists(_known | st.ip_addresses(), max_size=3).map(tuple)


def asked(data: bytes) -> Asked | None:
    """What a request asks for."""
    try:
        raw = take_head(bytearray(data), 4096)
        return None if raw is None else interpret(parse_head(raw))
    except RequestRefused:
        return None


async def went(way: Way, wanted: Asked) -> tuple[Rule | None, object]:
    """The rule that allowed a request, if one did, and what became of it."""
    contact = Contact("call", wanted.target, wanted.method, wanted.path)
    decided = await way.decide(contact)
    if isinstance(decided, Refused):
        return None, decided
    return decided, await way.dial(wanted.target, decided, asyncio.Protocol)


def numbers(recorder: Recorder) -> list[Address]:
    """The addresses that were dialled; a name among them is a failure."""
    return [ip_address(host) for host, _ in recorder.dialled]


@patiently
@given(heads() | plain, _rules, _addresses)
def test_the_host_decided_on_is_the_host_dialled(
    data: bytes, rules: EgressRules, addresses: tuple[Address, ...]
) -> None:
    if (wanted := asked(data)) is None:
        return
    recorder = Recorder(RulesGate(rules), addresses)
    rule, outcome = recorder.run(lambda: went(recorder.way(rules), wanted))

    target = wanted.target
    assert [contact.target for contact in recorder.contacts] == [target]
    if rule is None:
        assert (recorder.resolved, recorder.dialled) == ([], [])
        return
    assert rules.decide(target).decision == "allow"
    own = () if target.host.address is None else (target.host.address,)
    assert recorder.resolved == ([] if own else [target.host.text])
    assert isinstance(outcome, Reached) == bool(recorder.dialled)
    assert set(numbers(recorder)) <= set(own or addresses)
    assert {port for _, port in recorder.dialled} <= {target.port}


@patiently
@given(plain, _every_name, _addresses)
def test_one_address_that_may_not_be_contacted_condemns_the_name(
    data: bytes, rules: EgressRules, addresses: tuple[Address, ...]
) -> None:
    if (wanted := asked(data)) is None or wanted.target.host.address is not None:
        return
    recorder = Recorder(RulesGate(rules), addresses)
    rule, outcome = recorder.run(lambda: went(recorder.way(rules), wanted))

    assert rule is not None
    denied = {rule.host.address for rule in rules.denied if rule.host}
    public = all(reach(address) is Reach.PUBLIC for address in addresses)
    if not addresses:
        assert isinstance(outcome, Unreached)
    else:
        assert isinstance(outcome, Reached) == (public and denied.isdisjoint(addresses))
        assert isinstance(outcome, Refused) == (not recorder.dialled)
    assert all(address.is_global for address in numbers(recorder))
