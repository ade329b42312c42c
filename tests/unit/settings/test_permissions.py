"""Which rules speak about hosts; one that names WebFetch is read or refused, never passed over."""

import pytest

from runner.settings.permissions import List, PermissionRefused, host_of


@pytest.mark.parametrize("kind", ["allow", "ask", "deny"])
@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("WebFetch(domain:example.com)", "example.com"),
        ("WebFetch(domain:EXAMPLE.com.)", "EXAMPLE.com."),
        ("WebFetch(domain:*.example.com)", "*.example.com"),
        ("WebFetch(domain:example.com:443)", "example.com:443"),
        ("WebFetch(domain:[::1]:80)", "[::1]:80"),
        (" webfetch ( domain : example.com ) ", "example.com"),
        ("Bash(curl *)", None),
        ("Bash(WebFetch)", None),
        ("Bash(a (b) c)", None),
        ("WebSearch", None),
        ("mcp__WebFetch", None),
        ("", None),
        ("(domain:example.com)", None),
    ],
)
def test_a_rule_for_web_fetch_names_its_host(text: str, kind: List, host: str | None) -> None:
    assert host_of(text, kind) == host


@pytest.mark.parametrize("kind", ["ask", "deny"])
@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("WebFetch", "*"),
        ("WebFetch(*)", "*"),
        ("WebFetch(domain:*)", "*"),
        ("*", "*"),
        ("Web*", "*"),
        ("*fetch(domain:example.com)", "example.com"),
        ("mcp__*", None),
        ("WebF*x", None),
    ],
)
def test_a_rule_that_restricts_may_be_as_wide_as_can_be(
    text: str, kind: List, host: str | None
) -> None:
    assert host_of(text, kind) == host


@pytest.mark.parametrize("text", ["WebFetch", "webfetch", "WebFetch(*)", "WebFetch(domain:*)"])
def test_a_rule_that_would_allow_every_host_is_refused(text: str) -> None:
    with pytest.raises(PermissionRefused, match="every host"):
        host_of(text, "allow")


@pytest.mark.parametrize("text", ["*", "Web*", "Web*(domain:example.com)"])
def test_a_rule_that_allows_many_tools_allows_no_host(text: str) -> None:
    assert host_of(text, "allow") is None


@pytest.mark.parametrize("kind", ["allow", "ask", "deny"])
@pytest.mark.parametrize(
    "text",
    [
        "WebFetch()",
        "WebFetch(example.com)",
        "WebFetch(domain:)",
        "WebFetch(domain:a.example b.example)",
        "WebFetch(domains:example.com)",
        "WebFetch(url:https://example.com)",
        "WebFetch(domain:example.com",
        "WebFetch(domain:example.com) x",
        "WebFetch)",
    ],
)
def test_a_rule_for_web_fetch_that_cannot_be_read_is_refused(text: str, kind: List) -> None:
    with pytest.raises(PermissionRefused):
        host_of(text, kind)
