"""A host has one spelling, and everybody who reads it after us reads the same."""

import socket
from urllib.parse import urlsplit

from hypothesis import example, given
from hypothesis import strategies as st

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port
from tests.fuzz.effort import patiently
from tests.fuzz.texts import hosts, ports


def read(text: str) -> Host | None:
    """The host, or none; anything but a refusal is a failure."""
    try:
        return canonical_host(text)
    except NameRefused:
        return None


def read_by_libc(text: str) -> str | None:
    """The address that the C library takes the text for, if it does so without asking anybody."""
    try:
        found = socket.getaddrinfo(text, None, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return None
    return str(found[0][4][0])


def read_by_inet_aton(text: str) -> str | None:
    """The same for the older function, which also takes one, two or three numbers."""
    try:
        return socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        return None


def test_the_c_library_reads_numbers_that_are_refused_here() -> None:
    assert (read_by_libc("0x7f.1"), read_by_inet_aton("2130706433")) == ("127.0.0.1", "127.0.0.1")
    assert (read("0x7f.1"), read("2130706433")) == (None, None)


@patiently
@given(hosts())
@example("xn--a.example.com")
def test_the_canonical_form_is_its_own(text: str) -> None:
    if (host := read(text)) is not None:
        assert read(host.text) == host
        assert read(host.in_authority) == host


@patiently
@given(hosts())
def test_the_canonical_form_is_plain(text: str) -> None:
    if (host := read(text)) is not None:
        assert set(host.text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")
        assert (":" in host.text) == (host.in_authority != host.text)
        assert 0 < len(host.text) <= 253


@patiently
@given(hosts())
def test_resolvers_dial_what_was_decided(text: str) -> None:
    if (host := read(text)) is not None:
        expected = None if host.address is None else str(host.address)
        assert read_by_libc(host.text) == expected
        if ":" not in host.text:
            assert read_by_inet_aton(host.text) == expected


@patiently
@given(hosts())
def test_python_s_own_resolving_changes_no_byte(text: str) -> None:
    # socket.getaddrinfo() encodes every name with this codec before it asks.
    if (host := read(text)) is not None:
        assert host.text.encode("idna") == host.text.encode("ascii")


@patiently
@given(hosts())
def test_a_url_with_it_leads_there(text: str) -> None:
    if (host := read(text)) is not None:
        parts = urlsplit(f"http://{host.in_authority}:81/path")
        assert (parts.hostname, parts.port, parts.username) == (host.text, 81, None)


@patiently
@given(hosts())
def test_case_and_one_final_dot_make_no_other_host(text: str) -> None:
    if (host := read(text)) is not None and host.address is None:
        assert read(host.text.upper()) == read(host.text + ".") == host


@patiently
@given(ports | st.text(max_size=8))
def test_a_port_has_one_spelling(text: str) -> None:
    try:
        port = canonical_port(text)
    except NameRefused:
        return
    assert (str(port), 1 <= port <= 65535) == (text, True)
