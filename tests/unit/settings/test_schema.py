"""A settings file holds what is known, in its right shape, or names what is wrong with it."""

import pytest

from runner.errors import SettingsInvalid
from runner.settings.schema import network_settings
from runner.settings.values import NetworkSettings, Sourced


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"$schema": "https://example.com/schema.json"}',
        '{"sandbox": {}}',
        '{"sandbox": {"network": {}}}',
        '{"sandbox": {"network": {"allowedDomains": [], "deniedDomains": []}}}',
    ],
)
def test_a_file_may_say_nothing(text: str) -> None:
    assert network_settings(text.encode(), "f", "user") == NetworkSettings()


def test_every_domain_knows_where_it_was_written() -> None:
    text = """{"sandbox": {"network": {
        "allowedDomains": ["a.example",
                           "b.example"],
        "deniedDomains": ["*"]}}}"""
    assert network_settings(text.encode(), "f.json", "user") == NetworkSettings(
        (Sourced("a.example", "f.json", 2, "user"), Sourced("b.example", "f.json", 3, "user")),
        (Sourced("*", "f.json", 4, "user"),),
    )


def test_single_values_are_known_from_values_that_are_not_there() -> None:
    text = """{"sandbox": {"network": {
        "strictAllowlist": false, "allowManagedDomainsOnly": true,
        "upstreamProxy": ""}}}"""
    assert network_settings(text.encode(), "f.json", "managed") == NetworkSettings(
        strict_allowlist=False,
        managed_domains_only=True,
        upstream_proxy=Sourced("", "f.json", 3, "managed"),
    )


def test_permissions_for_web_fetch_join_the_list_of_their_kind() -> None:
    text = """{"permissions": {
        "allow": ["Bash(npm test *)", "WebFetch(domain:a.example)"],
        "ask": ["Read",
                "WebFetch(domain:*.b.example)"],
        "deny": ["Edit(/etc/**)", "WebFetch"]},
      "sandbox": {"network": {"allowedDomains": ["c.example"]}}}"""
    assert network_settings(text.encode(), "f", "user") == NetworkSettings(
        (Sourced("c.example", "f", 6, "user"), Sourced("a.example", "f", 2, "user")),
        (Sourced("*", "f", 5, "user"),),
        (Sourced("*.b.example", "f", 4, "user"),),
    )


def test_a_permission_that_cannot_be_one_is_refused_with_file_and_line() -> None:
    text = b'{"permissions": {"deny": ["Bash",\n"WebFetch(a.example\\u001b)"]}}'
    with pytest.raises(SettingsInvalid) as refused:
        network_settings(text, "f", "user")
    assert str(refused.value) == (
        "f:2: 'WebFetch(a.example\\x1b)' cannot be a rule: "
        "what stands in brackets is not domain:HOST"
    )
    assert "WebFetch(domain:example.com)" in refused.value.fix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1: not valid JSON: expecting value"),
        (
            '{"sandbox": {},\n "sandbox": {}}',
            "f:2: not valid JSON: the key 'sandbox' is there twice",
        ),
        ("null", "f:1: 'the document' is to be an object"),
        ("[]", "f:1: 'the document' is to be an object"),
        ('{\n"sandbx": {}}', "f:2: unknown key 'sandbx'"),
        ('{"permission": {}}', "f:1: unknown key 'permission'"),
        ('{"permissions": {"denied": []}}', "f:1: unknown key 'permissions.denied'"),
        ('{"permissions": []}', "f:1: 'permissions' is to be an object"),
        ('{"permissions": {"deny":\n"WebFetch"}}', "f:1: 'permissions.deny' is to be a list"),
        (
            '{"permissions": {"ask": ["Bash",\nnull]}}',
            "f:2: 'permissions.ask.1' is to be a text in double quotes",
        ),
        (
            '{"sandbox": {"network": {"strictAllowlist": null}}}',
            "f:1: 'sandbox.network.strictAllowlist' is to be true or false",
        ),
        (
            '{"sandbox": {"network": {"strictAllowlist": "false"}}}',
            "f:1: 'sandbox.network.strictAllowlist' is to be true or false",
        ),
        (
            '{"sandbox": {"network": {"allowManagedDomainsOnly": 1}}}',
            "f:1: 'sandbox.network.allowManagedDomainsOnly' is to be true or false",
        ),
        (
            '{"sandbox": {"network": {"upstreamProxy": null}}}',
            "f:1: 'sandbox.network.upstreamProxy' is to be a text in double quotes",
        ),
        ('{"sandbox": {\n"netwrk": {}}}', "f:2: unknown key 'sandbox.netwrk'"),
        (
            '{"sandbox": {"network": {\n"allowed_domains": []}}}',
            "f:2: unknown key 'sandbox.network.allowed_domains'",
        ),
        (
            '{"sandbox": {"network": {"a\\nb\\u202e": 1}}}',
            "unknown key 'sandbox.network.a\\nb\\u202e'",
        ),
        ('{\n"sandbox": null}', "f:2: 'sandbox' is to be an object"),
        ('{"sandbox": {"network": null}}', "f:1: 'sandbox.network' is to be an object"),
        ('{"sandbox": {"network": []}}', "f:1: 'sandbox.network' is to be an object"),
        (
            '{"sandbox": {"network": {"allowedDomains": null}}}',
            "f:1: 'sandbox.network.allowedDomains' is to be a list",
        ),
        (
            '{"sandbox": {"network": {"allowedDomains": "a.example"}}}',
            "f:1: 'sandbox.network.allowedDomains' is to be a list",
        ),
        (
            '{"sandbox": {"network": {"deniedDomains": ["a",\n1]}}}',
            "f:2: 'sandbox.network.deniedDomains.1' is to be a text in double quotes",
        ),
        ('{"$schema": 1}', "f:1: '$schema' is to be a text in double quotes"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_file_line_and_key(text: str, message: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        network_settings(text.encode(), "f", "user")
    assert message in str(refused.value)
    assert str(refused.value).isprintable()
    assert refused.value.fix


def test_a_file_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="f is not UTF-8 text"):
        network_settings(b'{"\xff": 1}', "f", "user")
