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
        ('{"permissions": {}}', "f:1: unknown key 'permissions'"),
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
