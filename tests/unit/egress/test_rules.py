"""Denied wins over asked wins over allowed, and every verdict says where it comes from."""

from dataclasses import replace

import pytest

from runner.egress.rules import (
    COMMAND_LINE,
    SESSION,
    EgressRules,
    RuleSource,
    Verdict,
    opens_private,
)
from runner.egress.targets import parse_authority
from runner.errors import SettingsInvalid, UsageError

FILE = RuleSource("settings.json", 7, "user")


MANAGED = RuleSource("managed.json", 3, "managed")


def rules(
    *allowed: str,
    denied: tuple[str, ...] = (),
    asked: tuple[str, ...] = (),
    strict: bool = False,
) -> EgressRules:
    return EgressRules.from_sources(
        [(text, COMMAND_LINE) for text in allowed],
        [(text, FILE) for text in denied],
        [(text, FILE) for text in asked],
        strict=strict,
    )


@pytest.mark.parametrize(
    ("allowed", "denied", "target", "decision"),
    [
        ([], [], "example.com:443", "ask"),
        (["example.com"], [], "example.com:443", "allow"),
        (["example.com"], [], "example.com:22", "allow"),
        (["EXAMPLE.com."], [], "example.COM:443", "allow"),
        (["bücher.example"], [], "xn--bcher-kva.example:443", "allow"),
        (["example.com"], [], "www.example.com:443", "ask"),
        (["example.com"], [], "notexample.com:443", "ask"),
        (["example.com:443"], [], "example.com:443", "allow"),
        (["example.com:443"], [], "example.com:80", "ask"),
        (["*.example.com"], [], "a.example.com:443", "allow"),
        (["*.example.com"], [], "a.b.c.example.com:443", "allow"),
        (["*.example.com"], [], "example.com:443", "ask"),
        (["*.example.com"], [], "evilexample.com:443", "ask"),
        (["*.example.com"], [], "example.com.evil.test:443", "ask"),
        (["*.example.com:443"], [], "a.example.com:80", "ask"),
        (["*.co.uk"], [], "example.co.uk:443", "allow"),
        (["127.0.0.1"], [], "127.0.0.1:80", "allow"),
        (["[::1]:80"], [], "[::1]:80", "allow"),
        (["[::1]:80"], [], "[::1]:81", "ask"),
        (["[::ffff:127.0.0.1]"], [], "127.0.0.1:80", "allow"),
        (["example.com"], ["example.com"], "example.com:443", "deny"),
        (["a.example.com"], ["*.example.com"], "a.example.com:443", "deny"),
        (["*.example.com"], ["a.example.com"], "a.example.com:443", "deny"),
        (["*.example.com"], ["a.example.com"], "b.example.com:443", "allow"),
        (["example.com"], ["example.com:80"], "example.com:80", "deny"),
        (["example.com"], ["example.com:80"], "example.com:443", "allow"),
        (["example.com"], ["*"], "example.com:443", "deny"),
        (["example.com"], ["*:25"], "example.com:25", "deny"),
        (["example.com"], ["*:25"], "example.com:443", "allow"),
        (["example.com"], ["*.com"], "example.com:443", "deny"),
        (["example.com"], ["*.org"], "example.com:443", "allow"),
    ],
)
def test_denied_wins_and_what_no_rule_names_is_asked_about(
    allowed: list[str], denied: list[str], target: str, decision: str
) -> None:
    found = rules(*allowed, denied=tuple(denied)).decide(parse_authority(target))
    strictly = rules(*allowed, denied=tuple(denied), strict=True).decide(parse_authority(target))
    assert found.decision == decision
    assert strictly == replace(found, decision="deny" if decision == "ask" else decision)


@pytest.mark.parametrize(
    ("allowed", "asked", "denied", "decision"),
    [
        ("a.example.com", "*", "*.example.com", "deny"),
        ("*.example.com", "*.example.com", "a.example.com", "deny"),
        ("a.example.com", "a.example.com", "*", "deny"),
        ("a.example.com", "*", "b.example.com", "ask"),
        ("a.example.com", "*.example.com", "a.example.com:80", "ask"),
        ("*.example.com", "a.example.com:443", "b.example.com", "ask"),
        ("a.example.com", "b.example.com", "*:80", "allow"),
        ("*.example.com", "example.com", "example.com", "allow"),
        ("a.example.com", "a.example.com:80", "*.a.example.com", "allow"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_the_strictest_rule_wins_however_wide_it_is(
    allowed: str, asked: str, denied: str, decision: str, *, strict: bool
) -> None:
    found = rules(allowed, asked=(asked,), denied=(denied,), strict=strict)
    assert found.decide(parse_authority("a.example.com:443")).decision == decision


def test_what_is_asked_about_carries_what_its_denial_would() -> None:
    target = parse_authority("a.example.com:443")
    assert rules().decide(target) == Verdict(
        "ask", None, "no rule allows it", "sandbox run --allow-domain a.example.com"
    )
    asking = rules("a.example.com", asked=("*.example.com",))
    assert asking.decide(target) == Verdict(
        "ask",
        asking.asked[0],
        '"*.example.com" wants it asked about',
        'remove the ask rule "*.example.com"',
    )


@pytest.mark.parametrize("source", [COMMAND_LINE, FILE, SESSION])
def test_where_only_managed_rules_count_no_other_allows_and_nobody_is_asked(
    source: RuleSource,
) -> None:
    managed, other = ("a.example.com", MANAGED), ("b.example.com", source)
    target, named = parse_authority("b.example.com:443"), parse_authority("a.example.com:443")
    control = EgressRules.from_sources([managed, other])
    assert (control.decide(target).decision, control.decide(named).decision) == ("allow", "allow")
    locked = replace(control, managed_only=True)
    assert locked.decide(named).decision == "allow"
    refused = locked.decide(target)
    assert (refused.decision, refused.reason) == ("deny", "no rule allows it")
    assert "--allow-domain" not in refused.remedy
    asking = EgressRules.from_sources([managed], asked=[("*", source)], managed_only=True)
    assert asking.decide(named).decision == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "*:443",
        "*.com",
        "*.com:443",
        "*.localhost",
        "*.",
        "**.example.com",
        "*example.com",
        "ex*mple.com",
        "a.*.example.com",
        "*.*.example.com",
        "*.127.0.0.1",
        "*.[::1]",
        "::1",
        "https://example.com",
        "example.com/path",
        "example.com:0",
        "example.com:*",
        "user@example.com",
        "127.1",
        "",
        " ",
    ],
)
def test_a_rule_that_would_allow_too_much_or_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be a rule") as refused:
        rules(text)
    assert not isinstance(refused.value, SettingsInvalid)
    assert refused.value.fix


@pytest.mark.parametrize("text", ["*", "*:443", "*.com", "*.example.com", "example.com", "[::1]"])
def test_a_denied_or_asked_rule_may_be_as_wide_as_can_be(text: str) -> None:
    assert rules(denied=(text,)).denied[0].text == text
    assert rules(asked=(text,)).asked[0].text == text


def test_a_bad_rule_of_a_file_is_an_error_that_names_file_and_line() -> None:
    with pytest.raises(SettingsInvalid, match=r'^settings\.json:7: "\*\.com" cannot be a rule'):
        EgressRules.from_sources([("*.com", FILE)])


def test_a_bad_rule_is_shown_escaped() -> None:
    with pytest.raises(UsageError, match=r'"a\\x1b\[2Jb"'):
        rules("a\x1b[2Jb")


@pytest.mark.parametrize(
    ("allowed", "target", "remedy"),
    [
        ([], "example.com:443", "sandbox run --allow-domain example.com"),
        ([], "[2001:db8::1]:443", "sandbox run --allow-domain '[2001:db8::1]'"),
        (["example.com:80"], "example.com:443", "sandbox run --allow-domain example.com:443"),
        (["[::1]:80"], "[::1]:443", "sandbox run --allow-domain '[::1]:443'"),
        (["*.example.com"], "example.com:443", "sandbox run --allow-domain example.com"),
    ],
)
def test_what_no_rule_allows_comes_with_the_option_that_would(
    allowed: list[str], target: str, remedy: str
) -> None:
    verdict = rules(*allowed).decide(parse_authority(target))
    assert (verdict.rule, verdict.reason, verdict.remedy) == (None, "no rule allows it", remedy)
    option = remedy.partition("--allow-domain ")[2].strip("'")
    assert rules(*allowed, option).decide(parse_authority(target)).decision == "allow"


def test_a_verdict_carries_the_rule_and_its_source_but_does_not_tell_the_source() -> None:
    verdict = rules("*.example.com", denied=("a.example.com",)).decide(
        parse_authority("a.example.com:443")
    )
    assert verdict.rule is not None
    assert (verdict.rule.text, verdict.rule.source) == ("a.example.com", FILE)
    assert "settings.json" not in verdict.reason + verdict.remedy


@pytest.mark.parametrize(
    ("text", "source", "opens"),
    [
        ("build.corp.example", COMMAND_LINE, True),
        ("build.corp.example", RuleSource("u.json", 1, "user"), True),
        ("build.corp.example", RuleSource("m.json", 1, "managed"), True),
        ("build.corp.example", RuleSource("p.json", 1, "project"), False),
        ("build.corp.example", RuleSource("l.json", 1, "local"), False),
        ("build.corp.example", SESSION, False),
        ("localhost", SESSION, True),
        ("10.0.0.1", SESSION, True),
        ("*.corp.example", COMMAND_LINE, False),
    ],
)
def test_only_the_user_opens_private_addresses_and_only_by_name(
    text: str, source: RuleSource, opens: bool
) -> None:
    assert opens_private(EgressRules.from_sources([(text, source)]).allowed[0]) is opens


def test_of_two_rules_that_allow_a_host_the_one_that_reaches_further_decides() -> None:
    project = RuleSource("p.json", 1, "project")
    both = EgressRules.from_sources([("a.example.com", project), ("a.example.com", COMMAND_LINE)])
    rule = both.decide(parse_authority("a.example.com:443")).rule
    assert rule is not None
    assert rule.source == COMMAND_LINE


@pytest.mark.parametrize(
    ("source", "text"),
    [(COMMAND_LINE, "command line"), (SESSION, "session"), (FILE, "settings.json:7")],
)
def test_a_source_reads_as_file_and_line_or_as_the_command_line(
    source: RuleSource, text: str
) -> None:
    assert str(source) == text
