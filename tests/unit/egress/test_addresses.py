"""Where an address leads, and which rules reach there."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.addresses import Reach, reach, refusal, within
from runner.egress.rules import COMMAND_LINE, EgressRules, Rule, RuleSource
from runner.egress.targets import parse_authority

PLACES = [
    ("8.8.8.8", Reach.PUBLIC),
    ("93.184.215.14", Reach.PUBLIC),
    ("172.15.255.255", Reach.PUBLIC),
    ("172.32.0.1", Reach.PUBLIC),
    ("100.63.255.255", Reach.PUBLIC),
    ("2606:2800:220:1::1", Reach.PUBLIC),
    ("0.0.0.0", Reach.UNSPECIFIED),
    ("0.1.2.3", Reach.UNSPECIFIED),
    ("::", Reach.UNSPECIFIED),
    ("127.0.0.1", Reach.LOOPBACK),
    ("127.255.255.254", Reach.LOOPBACK),
    ("::1", Reach.LOOPBACK),
    ("10.0.0.1", Reach.PRIVATE),
    ("172.16.0.1", Reach.PRIVATE),
    ("172.31.255.255", Reach.PRIVATE),
    ("192.168.1.1", Reach.PRIVATE),
    ("100.64.0.1", Reach.PRIVATE),
    ("100.127.255.255", Reach.PRIVATE),
    ("198.18.0.1", Reach.PRIVATE),
    ("fd12:3456::1", Reach.PRIVATE),
    ("fec0::1", Reach.PRIVATE),
    ("169.254.1.1", Reach.LINK_LOCAL),
    ("fe80::1", Reach.LINK_LOCAL),
    ("169.254.169.254", Reach.METADATA),
    ("169.254.170.2", Reach.METADATA),
    ("100.100.100.200", Reach.METADATA),
    ("168.63.129.16", Reach.METADATA),
    ("192.0.0.192", Reach.METADATA),
    ("fd00:ec2::254", Reach.METADATA),
    ("fd20:ce::254", Reach.METADATA),
    ("224.0.0.1", Reach.MULTICAST),
    ("239.255.255.250", Reach.MULTICAST),
    ("ff02::1", Reach.MULTICAST),
    ("192.0.2.1", Reach.PRIVATE),
    ("198.51.100.1", Reach.PRIVATE),
    ("203.0.113.1", Reach.PRIVATE),
    ("240.0.0.1", Reach.RESERVED),
    ("255.255.255.255", Reach.RESERVED),
    ("2001:db8::1", Reach.PRIVATE),
    ("100::1", Reach.RESERVED),
    ("4000::1", Reach.RESERVED),
    ("64:ff9b:1::7f00:1", Reach.RESERVED),
    ("2001:0:7f00:1::1", Reach.RESERVED),
    ("64:ff9b::8.8.8.8", Reach.PUBLIC),
    ("64:ff9b::127.0.0.1", Reach.LOOPBACK),
    ("64:ff9b::169.254.169.254", Reach.METADATA),
    ("64:ff9b::10.0.0.1", Reach.PRIVATE),
    ("::ffff:127.0.0.1", Reach.LOOPBACK),
    ("::ffff:0:127.0.0.1", Reach.LOOPBACK),
    ("::127.0.0.1", Reach.LOOPBACK),
    ("2002:7f00:1::1", Reach.LOOPBACK),
    ("2002:a9fe:a9fe::1", Reach.METADATA),
    ("2002:808:808::1", Reach.PUBLIC),
]


@pytest.mark.parametrize(("text", "place"), PLACES, ids=[text for text, _ in PLACES])
def test_every_address_leads_to_one_kind_of_place(text: str, place: Reach) -> None:
    assert reach(ip_address(text)) is place


@given(st.ip_addresses())
def test_a_public_address_is_public_for_the_standard_library_too(address: object) -> None:
    found = ip_address(str(address))
    if reach(found) is Reach.PUBLIC and not _embeds(str(found)):
        assert found.is_global


def _embeds(text: str) -> bool:
    return text.startswith(("64:ff9b::", "2002:", "::"))


def rule(text: str, source: RuleSource = COMMAND_LINE) -> Rule:
    return EgressRules.from_sources([(text, source)]).allowed[0]


PROJECT = RuleSource("settings.json", 1, "project")
GRAVE = [place for place in Reach if place not in (Reach.PUBLIC, Reach.PRIVATE)]


@pytest.mark.parametrize("text", ["example.com", "*.example.com"])
@pytest.mark.parametrize("source", [COMMAND_LINE, PROJECT], ids=["user", "project"])
def test_every_rule_reaches_public_addresses(text: str, source: RuleSource) -> None:
    assert within(rule(text, source), Reach.PUBLIC)


@pytest.mark.parametrize(
    ("text", "source", "reaches"),
    [
        ("build.corp.example", COMMAND_LINE, True),
        ("build.corp.example", PROJECT, False),
        ("*.corp.example", COMMAND_LINE, False),
        ("10.0.0.1", COMMAND_LINE, True),
        ("10.0.0.1", PROJECT, False),
    ],
)
def test_private_addresses_need_the_host_named_by_the_user(
    text: str, source: RuleSource, reaches: bool
) -> None:
    assert within(rule(text, source), Reach.PRIVATE) is reaches


@pytest.mark.parametrize("place", GRAVE, ids=lambda place: place.name)
def test_places_of_the_machine_itself_need_the_address_named_by_the_user(place: Reach) -> None:
    assert within(rule("169.254.169.254"), place)
    assert not within(rule("169.254.169.254", PROJECT), place)
    assert not within(rule("metadata.example"), place)
    assert not within(rule("*.metadata.example"), place)


@pytest.mark.parametrize("place", GRAVE, ids=lambda place: place.name)
def test_localhost_counts_as_the_loopback_address_and_as_no_other(place: Reach) -> None:
    assert within(rule("localhost"), place) is (place is Reach.LOOPBACK)


@pytest.mark.parametrize(
    ("target", "address", "place", "reason", "remedy"),
    [
        (
            "a.corp.example:443",
            "10.0.0.5",
            Reach.PRIVATE,
            "it resolves to 10.0.0.5, a private address, which needs a rule of its own",
            "sandbox run --allow-domain a.corp.example",
        ),
        (
            "evil.example:80",
            "127.0.0.1",
            Reach.LOOPBACK,
            "it resolves to 127.0.0.1, a loopback address, which needs a rule of its own",
            "sandbox run --allow-domain 127.0.0.1, and contact it by that number",
        ),
        (
            "[::1]:80",
            "::1",
            Reach.LOOPBACK,
            "it is a loopback address, which needs a rule of its own",
            "sandbox run --allow-domain '[::1]'",
        ),
    ],
)
def test_a_refused_address_is_named_with_the_rule_that_would_reach_it(
    target: str, address: str, place: Reach, reason: str, remedy: str
) -> None:
    verdict = refusal(parse_authority(target), ip_address(address), place, rule("*.example.com"))
    assert (verdict.decision, verdict.reason, verdict.remedy) == ("deny", reason, remedy)
