"""Which proxy stands above, what it serves, and that its password shows nowhere."""

import base64

import pytest

from runner.egress.targets import parse_authority
from runner.egress.upstream import Upstream, exemptions, from_environment, from_setting
from runner.errors import SettingsInvalid, UsageError


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "", "https_proxy": ""}, None),
        ({"HTTPS_PROXY": "http://a.example:3128"}, "a.example:3128"),
        ({"HTTPS_PROXY": "http://a.example"}, "a.example:80"),
        ({"HTTPS_PROXY": "HTTP://A.example.:3128/"}, "a.example:3128"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "[::1]:3128"),
        ({"https_proxy": "http://a.example", "HTTPS_PROXY": "http://b.example"}, "a.example:80"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b.example"}, "b.example:80"),
        ({"http_proxy": "http://a.example", "HTTPS_PROXY": "http://b.example"}, "b.example:80"),
        ({"http_proxy": "http://a.example", "ALL_PROXY": "http://b.example"}, "a.example:80"),
        ({"all_proxy": "http://a.example"}, "a.example:80"),
        ({"FTP_PROXY": "http://a.example"}, None),
    ],
    ids=str,
)
def test_the_environment_names_it(environment: dict[str, str], proxy: str | None) -> None:
    found = from_environment(environment)
    assert (str(found.proxy) if found else None) == proxy


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        ("http://a.example", None),
        ("http://user@a.example", b"user:"),
        ("http://user:secret@a.example", b"user:secret"),
        ("http://user:se:cr@et@a.example", b"user:se:cr@et"),
        ("http://us%40er:%73%25%0a@a.example", b"us@er:s%\n"),
        ("http://user:\u00fc@a.example", b"user:\xc3\xbc"),
    ],
)
def test_its_credentials_are_sent_and_never_shown(url: str, credentials: bytes | None) -> None:
    found = from_environment({"HTTPS_PROXY": url})
    assert found is not None
    expected = b"" if credentials is None else b"Basic " + base64.b64encode(credentials)
    assert found.authorization == expected
    assert repr(found) == repr(from_environment({"HTTPS_PROXY": "http://a.example"}))


@pytest.mark.parametrize(
    "rest",
    [
        "https://user:secret@a.example",
        "socks5://user:secret@a.example",
        "user:secret@a.example:3128",
        "a.example:secret",
        "http://",
        "http://user:secret@",
        "http://user:secret@a.example:0",
        "http://user:secret@a.example:65536",
        "http://user:secret@a.example/path",
        "http://user:secret@a.example?query",
        "http://user:se/cret@a.example",
        "http://user:se%cret@a.example",
        "http://us%3aer:secret@a.example",
        "http://user:secret@a.example\r\nX: secret",
        "http://user:secret@127.1",
        "http://user:secret@ a.example",
    ],
    ids=ascii,
)
def test_one_that_cannot_be_used_is_an_error_that_does_not_hold_it(rest: str) -> None:
    with pytest.raises(UsageError, match=r"^https_proxy names no proxy") as refused:
        from_environment({"https_proxy": rest})
    assert not isinstance(refused.value, SettingsInvalid)
    with pytest.raises(SettingsInvalid, match=r"^s\.json:3: .*upstreamProxy") as in_a_file:
        from_setting(rest, "s.json:3", {})
    for error in (refused.value, in_a_file.value):
        assert not any(word in f"{error} {error.fix}" for word in ("secret", "se/cret", "se%cret"))
        assert error.__suppress_context__


def test_a_setting_overrides_the_environment_and_may_be_none() -> None:
    environment = {"HTTPS_PROXY": "http://a.example", "no_proxy": "c.example"}
    found = from_setting("http://b.example", "s.json:3", environment)
    assert found == Upstream(
        parse_authority("b.example:80"), b"", exemptions(environment["no_proxy"])
    )
    assert from_setting("", "s.json:3", environment) is None


@pytest.mark.parametrize(
    ("no_proxy", "target", "serves"),
    [
        ("", "a.example:443", True),
        ("", "127.0.0.1:443", False),
        ("", "93.184.215.14:443", False),
        ("", "[2606:2800::1]:443", False),
        ("", "localhost:443", False),
        ("", "a.localhost:443", False),
        ("", "notlocalhost:443", True),
        ("*", "a.example:443", False),
        ("a.example", "a.example:443", False),
        ("a.example", "b.a.example:443", False),
        (".a.example", "b.a.example:443", False),
        ("*.a.example", "b.a.example:443", False),
        ("A.EXAMPLE.", "a.example:443", False),
        ("a.example", "nota.example:443", True),
        ("a.example", "a.example.test:443", True),
        ("a.example:443", "a.example:443", False),
        ("a.example:443", "a.example:80", True),
        ("b.example, a.example", "a.example:443", False),
        ("b.example a.example", "a.example:443", False),
        ("10.0.0.0/8,::1,[,a..b,%,-,", "a.example:443", True),
    ],
)
def test_it_serves_names_that_are_not_exempt(no_proxy: str, target: str, *, serves: bool) -> None:
    found = from_environment({"HTTPS_PROXY": "http://p.example", "NO_PROXY": no_proxy})
    assert found is not None
    assert found.serves(parse_authority(target)) is serves


def test_of_two_spellings_the_lower_case_one_says_what_is_exempt() -> None:
    environment = {"http_proxy": "http://p.example", "no_proxy": "a.example", "NO_PROXY": "*"}
    found = from_environment(environment)
    assert found is not None
    assert found.serves(parse_authority("b.example:443"))
