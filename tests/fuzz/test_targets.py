"""Where a request wants to go is read in one way, and a second reader agrees."""

from urllib.parse import urlsplit

from hypothesis import example, given

from runner.egress.names import NameRefused
from runner.egress.targets import HTTP_PORT, Target, parse_authority, parse_url
from tests.fuzz.effort import patiently
from tests.fuzz.texts import authorities, urls

VISIBLE = set(map(chr, range(0x21, 0x7F)))
"""What the target in a head can hold: the parser of heads refuses anything else."""


def read(text: str) -> tuple[Target, str] | None:
    """Target and path of a URL, or none; anything but a refusal is a failure."""
    try:
        return parse_url(text)
    except NameRefused:
        return None


def test_a_lenient_reader_repairs_what_is_refused_here() -> None:
    text = "http://example.com\t@example.org/"
    assert urlsplit(text).hostname == "example.org"
    assert read(text) is None


@patiently
@given(authorities)
@example("example.com:80:443")
def test_an_authority_reads_as_it_is_written(text: str) -> None:
    try:
        target = parse_authority(text)
    except NameRefused:
        return
    assert parse_authority(str(target)) == target


@patiently
@given(urls)
@example("http://example.com?@example.org/")
@example("http://example.com:80\\@example.org/")
def test_a_second_reader_of_a_url_goes_to_the_same_place(text: str) -> None:
    if (found := read(text)) is None or not set(text) <= VISIBLE:
        return
    target, path = found
    parts = urlsplit(text)
    assert parts.hostname is not None
    # That reader keeps a final dot, and other spellings of an IPv6 address.
    assert parse_authority(parts.netloc, HTTP_PORT) == target
    assert (parts.port or HTTP_PORT, parts.username) == (target.port, None)
    query = f"?{parts.query}" if "?" in text else ""
    assert path == f"{parts.path or '/'}{query}"


@patiently
@given(urls)
def test_what_is_asked_for_there_leads_to_no_other_place(text: str) -> None:
    if (found := read(text)) is not None:
        target, path = found
        assert parse_url(f"http://{target}{path}") == (target, path)
