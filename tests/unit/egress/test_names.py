"""A host has one spelling; what could be read as two hosts is refused."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port, shown


def wide(text: str) -> str:
    """The same text in full-width characters, which UTS 46 maps back."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


LABEL_63 = "a" * 63
NAME_253 = ".".join(["a" * 49] * 5) + ".abc"

ACCEPTED = [
    ("example.com", "example.com"),
    ("EXAMPLE.Com", "example.com"),
    ("example.com.", "example.com"),
    ("localhost", "localhost"),
    ("registry", "registry"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("BÜCHER.example", "xn--bcher-kva.example"),
    ("bu\u0308cher.example", "xn--bcher-kva.example"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    (wide("example.com"), "example.com"),
    ("straße.example", "xn--strae-oqa.example"),
    ("r3---sn-abc.example.com", "r3---sn-abc.example.com"),
    ("_dmarc.example.com", "_dmarc.example.com"),
    ("my_service", "my_service"),
    ("a.b.c.d.e.f", "a.b.c.d.e.f"),
    ("3com.com", "3com.com"),
    ("1.2.3.4.example", "1.2.3.4.example"),
    ("0x.example", "0x.example"),
    ("0xfeed.example", "0xfeed.example"),
    ("face", "face"),
    (f"{LABEL_63}.com", f"{LABEL_63}.com"),
    (NAME_253, NAME_253),
    (NAME_253 + ".", NAME_253),
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    (wide("127.0.0.1"), "127.0.0.1"),
    ("::1", "::1"),
    ("[::1]", "::1"),
    ("[2001:DB8:0:0:0:0:0:1]", "2001:db8::1"),
    ("[::ffff:192.0.2.1]", "192.0.2.1"),
    ("[::ffff:c000:201]", "192.0.2.1"),
    ("[0:0:0:0:0:FFFF:127.0.0.1]", "127.0.0.1"),
    ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
]

REFUSED = [
    ("", "empty"),
    (".", "empty label"),
    ("..", "empty label"),
    ("example..com", "empty label"),
    (".example.com", "empty label"),
    ("example.com..", "empty label"),
    ("user@example.com", "user information"),
    ("user:secret@example.com", "user information"),
    ("ex%61mple.com", "percent-encoded"),
    ("example.com%00.evil.example", "percent-encoded"),
    ("example.com\0.evil.example", "control"),
    ("example.com\n", "control"),
    ("example.com\r\nHost: evil.example", "control"),
    ("\texample.com", "control"),
    (" example.com", "white space"),
    ("exa mple.com", "white space"),
    ("example\u00a0.com", "white space"),
    ("exam\u00adple.com", "invisible"),
    ("exam\u200bple.com", "invisible"),
    ("\u202emoc.elpmaxe", "invisible"),
    ("\ud800.com", "invisible"),
    ("example.com/path", "slash"),
    ("https://example.com", "slash"),
    (wide("example.com/path"), "no host name"),
    (wide("127.1"), "four decimal"),
    ("℀.example", "no host name"),
    ("example.com\\evil", "backslash"),
    ("example.com?x", "question mark"),
    ("example.com#x", "fragment"),
    ("0177.0.0.1", "four decimal"),
    ("127.0.0.01", "four decimal"),
    ("0x7f.0.0.1", "four decimal"),
    ("0x7f000001", "four decimal"),
    ("127.0.0.0x1", "four decimal"),
    ("127.1", "four decimal"),
    ("127.0.1", "four decimal"),
    ("2130706433", "four decimal"),
    ("017700000001", "four decimal"),
    ("0", "four decimal"),
    ("0x", "four decimal"),
    ("1.2.3.4.5", "four decimal"),
    ("256.1.1.1", "four decimal"),
    ("example.123", "four decimal"),
    ("②.1.1.1.1", "four decimal"),
    ("fe80::1%eth0", "zone"),
    ("[fe80::1%25eth0]", "zone"),
    ("[::1", "brackets"),
    ("[127.0.0.1]", "brackets"),
    ("[example.com]", "brackets"),
    ("[v1.fe80::a]", "not an IPv6"),
    ("[:::]", "not an IPv6"),
    ("[1::2::3]", "not an IPv6"),
    ("[::ffff:0177.0.0.1]", "not an IPv6"),
    ("[::ffff:127.1]", "not an IPv6"),
    ("[[::1]]", "not an IPv6"),
    ("-example.com", "no host name"),
    ("example-.com", "no host name"),
    ("exam*ple.com", "no host name"),
    ("*.example.com", "no host name"),
    ("exa$mple.com", "no host name"),
    ("exa'mple.com", "no host name"),
    (f"a{LABEL_63}.com", "longer than 63"),
    ("a" + NAME_253, "longer than 253"),
    ("ü" * 64 + ".com", "international"),
    ("xn--a.example", "international"),
    ("xn--.example", "international"),
    ("xn--abc-.example", "international"),
    ("☃☃\u0378.example", "invisible"),
    ("a" * 5000, "too long"),
]


@pytest.mark.parametrize(("text", "canonical"), ACCEPTED, ids=[ascii(t[:30]) for t, _ in ACCEPTED])
def test_a_host_is_brought_into_its_one_spelling(text: str, canonical: str) -> None:
    assert canonical_host(text).text == canonical


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[ascii(t[:30]) for t, _ in REFUSED])
def test_a_host_that_is_not_plainly_one_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NameRefused, match=reason):
        canonical_host(text)


@pytest.mark.parametrize(("text", "canonical"), ACCEPTED, ids=[ascii(t[:30]) for t, _ in ACCEPTED])
def test_the_one_spelling_is_a_fixed_point(text: str, canonical: str) -> None:
    host = canonical_host(text)
    assert canonical_host(host.text) == host
    assert canonical_host(host.in_authority) == host


@pytest.mark.parametrize("text", ["1", "80", "443", "65535"])
def test_a_port_is_a_decimal_number(text: str) -> None:
    assert str(canonical_port(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "65536",
        "99999",
        "100000",
        "-1",
        "+80",
        " 80",
        "080",
        "0x50",
        "8O",
        wide("80"),
        "\u0668\u0660",
    ],
)
def test_anything_else_is_no_port(text: str) -> None:
    with pytest.raises(NameRefused):
        canonical_port(text)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202eevil", "\\u202eevil"),
        ("x" * 100, "x" * 77 + "..."),
    ],
)
def test_text_of_unknown_origin_is_shown_escaped_and_short(text: str, escaped: str) -> None:
    assert shown(text) == escaped


HOSTISH = st.text(
    st.sampled_from("aZ09.-_:[]%@xf\xe9\u3002\uff11/ \0*") | st.characters(), max_size=40
)


def _canonical(text: str) -> Host | None:
    try:
        return canonical_host(text)
    except NameRefused:
        return None


@given(HOSTISH | st.ip_addresses().map(str) | st.from_regex(r"[0-9a-fx.]{1,20}", fullmatch=True))
def test_no_resolver_reads_a_canonical_host_as_anything_else(text: str) -> None:
    host = _canonical(text)
    if host is None:
        return
    assert canonical_host(host.text) == host
    assert host.text.isascii()
    assert host.text == host.text.lower()
    assert _as_libc_reads(host.text) == (None if host.address is None else str(host.address))


def _as_libc_reads(text: str) -> str | None:
    """The address the C library takes the text for, if it takes it for one (no look-up)."""
    try:
        found = socket.getaddrinfo(text, None, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return None
    return str(found[0][4][0])
