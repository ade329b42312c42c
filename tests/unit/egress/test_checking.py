"""A check says what would become of a connection, from the rules and the address alone."""

import socket

import pytest

from runner.egress.checking import Checked, checked, parse_place
from runner.egress.names import NameRefused
from runner.egress.rules import COMMAND_LINE, EgressRules, RuleSource, Scope


def rules(
    *allowed: str,
    denied: tuple[str, ...] = (),
    asked: tuple[str, ...] = (),
    strict: bool = False,
    scope: Scope = "user",
) -> EgressRules:
    source = RuleSource("s.json", 3, scope)
    return EgressRules.from_sources(
        [(text, source) for text in allowed],
        [(text, COMMAND_LINE) for text in denied],
        [(text, source) for text in asked],
        strict=strict,
    )


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("example.com", "example.com:443"),
        ("EXAMPLE.com.", "example.com:443"),
        ("example.com:8080", "example.com:8080"),
        ("bücher.example", "xn--bcher-kva.example:443"),
        ("10.0.0.5", "10.0.0.5:443"),
        ("[2001:DB8::1]:80", "[2001:db8::1]:80"),
        ("[::ffff:10.0.0.5]", "10.0.0.5:443"),
        ("https://example.com", "example.com:443"),
        ("HTTPS://Example.com/a?b#c", "example.com:443"),
        ("http://example.com?b", "example.com:80"),
        ("http://example.com:81/", "example.com:81"),
        ("https://[::1]:8443/x", "[::1]:8443"),
        ("ws://example.com/", "example.com:80"),
        ("wss://example.com/", "example.com:443"),
        ("ssh://example.com/a.git", "example.com:22"),
        ("https://example.com/a@evil.example", "example.com:443"),
    ],
)
def test_a_place_has_one_spelling(text: str, canonical: str) -> None:
    assert str(parse_place(text)) == canonical
    assert str(parse_place(canonical)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "*", "*.example.com", "a b", "example.com/path", "user@example.com",
        "https://user@example.com/", "https://example.com#@evil.example/",
        "https://example.com\\@evil.example/", "https:///x", "https://", "://example.com",
        "file:///etc/passwd", "javascript://example.com", "https:example.com", "//example.com/",
        "2001:db8::1", "example.com:", "example.com:0", "example.com:99999", "example.com:080",
        "https://example.com:x/", "0x7f.1", "0177.0.0.1", "2130706433", "127.1", "[fe80::1%25eth0]",
        "exam%70le.com", "example..com", "a\x00.example", "a\n.example", "\u202eexample.com",
        "x" * 300, "https://a.example,b.example/",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_names_no_one_host_is_denied_with_a_reason(text: str) -> None:
    with pytest.raises(NameRefused):
        parse_place(text)
    found = checked(text, rules("example.com", "*.example.com"))
    assert (found.decision, found.canonical) == ("deny", None)
    assert found.reason
    assert found.reason.isprintable()


def test_the_verdict_is_that_of_the_rules_with_its_source() -> None:
    some = rules("*.example.com", denied=("bad.example.com",), asked=("odd.example.com",))
    assert [checked(f"{name}.example.com", some) for name in ("good", "bad", "odd")] == [
        Checked("allow", "good.example.com:443", '"*.example.com" allows it (s.json:3)'),
        Checked("deny", "bad.example.com:443", '"bad.example.com" denies it (command line)'),
        Checked("ask", "odd.example.com:443", '"odd.example.com" wants it asked about (s.json:3)'),
    ]


@pytest.mark.parametrize(("strict", "decision"), [(False, "ask"), (True, "deny")])
def test_what_no_rule_names_is_asked_about_unless_the_list_is_strict(
    strict: bool, decision: str
) -> None:
    found = checked("a.example", rules(strict=strict))
    assert (found.decision, found.reason) == (decision, "no rule allows it")


@pytest.mark.parametrize(
    ("rule", "target", "scope"),
    [
        ("10.255.255.1", "10.255.255.1", "user"),
        ("10.255.255.1", "http://[::ffff:10.255.255.1]/", "managed"),
        ("169.254.169.254", "http://169.254.169.254/latest", "command line"),
        ("[fd99::1]", "[fd99::1]:1", "user"),
        ("192.88.98.1", "192.88.98.1", "project"),
        ("localhost", "localhost:1", "user"),
    ],
)
def test_an_address_that_the_rule_reaches_is_allowed(rule: str, target: str, scope: Scope) -> None:
    assert checked(target, rules(rule, scope=scope)).decision == "allow"


@pytest.mark.parametrize(
    ("rule", "target", "kind"),
    [
        ("10.255.255.1", "10.255.255.1", "private"),
        ("127.0.0.1", "127.0.0.1:80", "loopback"),
        ("169.254.169.254", "http://169.254.169.254/", "cloud metadata"),
        ("[fe80::1]", "[fe80::1]", "link-local"),
        ("[64:ff9b::7f00:1]", "[64:ff9b::7f00:1]", "loopback"),
    ],
)
def test_an_address_that_the_rule_does_not_reach_is_denied(
    rule: str, target: str, kind: str
) -> None:
    repository = rules(rule, scope="project")
    assert repository.decide(parse_place(target)).decision == "allow"
    found = checked(target, repository)
    assert found.decision == "deny"
    assert f"{kind} address" in found.reason


def test_a_check_neither_resolves_nor_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(socket.socket, "connect", never)
    monkeypatch.setattr(socket.socket, "sendto", never)
    everything = rules("example.com", "93.184.215.14", "localhost")
    for target in ("example.com", "93.184.215.14", "localhost", "other.example"):
        checked(target, everything)
