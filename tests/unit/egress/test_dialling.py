"""Every address is judged before any is dialled. Nothing here dials."""

import asyncio
from ipaddress import ip_address

import pytest

from runner.egress.dialling import Dialler, DialRefused
from runner.egress.judging import is_own
from runner.egress.names import Address
from runner.egress.resolving import Resolver
from runner.egress.rules import COMMAND_LINE, EgressRules, RuleSource, Scope
from runner.egress.targets import parse_authority


def judged(
    rule: str, target: str, *addresses: str, denied: tuple[str, ...] = (), scope: Scope = "user"
) -> str:
    """The addresses that would be dialled, or the reason the target was refused."""
    source = RuleSource("settings.json", 1, scope)
    rules = EgressRules.from_sources([(rule, source)], [(text, COMMAND_LINE) for text in denied])

    def resolve(name: str) -> tuple[Address, ...]:
        return tuple(ip_address(text) for text in addresses)

    async def judge() -> str:
        dialler = Dialler(Resolver(resolve), rules, connect_seconds=1)
        try:
            found = await dialler.judged(parse_authority(target), rules.allowed[0])
        except DialRefused as refused:
            return refused.verdict.reason
        return " ".join(map(str, found))

    return asyncio.run(judge())


@pytest.mark.parametrize(
    ("rule", "target", "addresses", "scope"),
    [
        ("build.corp.example", "build.corp.example:1", ["10.255.255.1"], "user"),
        ("build.corp.example", "build.corp.example:1", ["100.64.255.1", "fd99::1"], "managed"),
        ("10.255.255.1", "10.255.255.1:1", [], "user"),
        ("[fd99::1]", "[fd99::1]:1", [], "command line"),
        ("localhost", "localhost:1", ["127.0.0.1", "::1"], "user"),
        ("169.254.169.254", "169.254.169.254:1", [], "user"),
        ("*.example.com", "a.example.com:1", ["192.88.98.1"], "project"),
    ],
)
def test_what_the_rule_reaches_is_dialled(
    rule: str, target: str, addresses: list[str], scope: Scope
) -> None:
    expected = " ".join(addresses) or parse_authority(target).host.text
    assert judged(rule, target, *addresses, scope=scope) == expected


@pytest.mark.parametrize(
    ("rule", "target", "addresses", "scope", "kind"),
    [
        ("*.corp.example", "a.corp.example:1", ["10.255.255.1"], "user", "private"),
        ("build.corp.example", "build.corp.example:1", ["10.255.255.1"], "project", "private"),
        ("build.corp.example", "build.corp.example:1", ["fd99::1"], "local", "private"),
        ("a.example", "a.example:1", ["127.0.0.1"], "user", "loopback"),
        ("a.example", "a.example:1", ["::1"], "managed", "loopback"),
        ("a.example", "a.example:1", ["169.254.169.254"], "user", "metadata"),
        ("a.example", "a.example:1", ["192.88.98.1", "fe80::1"], "user", "link-local"),
        ("localhost", "localhost:1", ["127.0.0.1", "169.254.169.254"], "user", "metadata"),
        ("127.0.0.1", "127.0.0.1:1", [], "project", "loopback"),
    ],
)
def test_what_the_rule_does_not_reach_is_not_dialled(
    rule: str, target: str, addresses: list[str], scope: Scope, kind: str
) -> None:
    assert f"{kind} address" in judged(rule, target, *addresses, scope=scope)


def test_a_denied_address_is_not_dialled_under_any_name() -> None:
    where = ("a.example", "a.example:1", "192.88.98.1")
    assert judged(*where) == "192.88.98.1"
    assert judged(*where, denied=("192.88.98.1:2",)) == "192.88.98.1"
    refused = judged(*where, denied=("192.88.98.1",))
    assert refused == "it resolves to the denied address 192.88.98.1"


@pytest.mark.parametrize(
    ("text", "own"),
    [("127.0.0.1", True), ("::1", True), ("93.184.215.14", False), ("2606:2800::1", False)],
)
def test_an_address_is_the_machines_own_if_it_can_be_bound_to(text: str, own: bool) -> None:
    assert is_own(ip_address(text)) is own
