"""A target is one host and one port, however the request writes it."""

import pytest

from runner.egress.names import NameRefused
from runner.egress.targets import parse_authority, parse_url


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("example.com:443", "example.com:443"),
        ("EXAMPLE.com.:443", "example.com:443"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("[::1]:8080", "[::1]:8080"),
        ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
    ],
)
def test_an_authority_names_host_and_port(text: str, canonical: str) -> None:
    assert str(parse_authority(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "example.com:",
        ":443",
        "",
        "example.com:443:80",
        "::1:443",
        "[::1]443",
        "[::1]:",
        "[::1]x:443",
        "[::1]:443]",
        "user@example.com:443",
        "example.com:443@evil.example:443",
        "example.com:443/",
        "example.com:http",
        "//example.com:443",
    ],
)
def test_an_authority_that_is_not_plainly_one_is_refused(text: str) -> None:
    with pytest.raises(NameRefused):
        parse_authority(text)


@pytest.mark.parametrize(
    ("text", "target", "path"),
    [
        ("http://example.com/a/b?c=d", "example.com:80", "/a/b?c=d"),
        ("HTTP://Example.COM:8080/", "example.com:8080", "/"),
        ("http://example.com", "example.com:80", "/"),
        ("http://example.com?q=/x", "example.com:80", "/?q=/x"),
        ("http://[::1]:8000/x", "[::1]:8000", "/x"),
        ("http://example.com//evil.example/", "example.com:80", "//evil.example/"),
        ("http://example.com/@evil.example:1", "example.com:80", "/@evil.example:1"),
    ],
)
def test_a_url_names_where_to_go_and_what_to_ask_for(text: str, target: str, path: str) -> None:
    found, asked = parse_url(text)
    assert (str(found), asked) == (target, path)


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "*",
        "//example.com/",
        "example.com/",
        "https://example.com/",
        "ftp://example.com/",
        "http:/example.com/",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://example.com:80@evil.example/",
        "http://example.com#@evil.example/",
        "http://example.com\\@evil.example/",
        "http://example.com:/",
        "http://ex%61mple.com/",
        "http://2130706433/",
    ],
)
def test_a_url_that_could_name_two_places_is_refused(text: str) -> None:
    with pytest.raises(NameRefused):
        parse_url(text)
