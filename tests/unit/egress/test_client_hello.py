"""A TLS hello is read as OpenSSL reads it, or refused."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.client_hello import (
    MOST_BYTES,
    ClientHello,
    HelloReader,
    HelloRefused,
    check_name,
)
from runner.egress.targets import parse_authority
from tests.unit.egress.hellos import (
    extension,
    hello,
    message,
    name_entry,
    read_by_openssl,
    real_hello,
    records,
    server_name,
    vector,
)

NAMED = server_name(name_entry(b"example.com"))
V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
POST_QUANTUM = extension(51, vector(2, b"\x11\xec" + vector(2, bytes(1216))))


def read(data: bytes) -> str | None:
    whole = HelloReader().feed(data)
    assert whole is not None
    return whole.server_name


@pytest.mark.parametrize("name", ["example.com", "xn--bcher-kva.example", "a_b.example", None])
@pytest.mark.parametrize(("least", "most"), [(V1_2, V1_3), (V1_2, V1_2), (V1_3, V1_3)])
def test_a_real_hello_is_read(
    name: str | None, least: ssl.TLSVersion, most: ssl.TLSVersion
) -> None:
    sent = real_hello(name, least, most)
    assert read(sent) == name
    assert read_by_openssl(sent) == [name]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (hello(NAMED), "example.com"),
        (hello(extension(10, b"\0\2\0\x1d"), NAMED), "example.com"),
        (hello(NAMED, POST_QUANTUM), "example.com"),
        (records(message(NAMED, POST_QUANTUM), 100), "example.com"),
        (records(message(NAMED), 1), "example.com"),
        (hello(), None),
        (records(b"\x01" + vector(3, message()[4:-2])), None),
        (hello(NAMED) + b"what follows it", "example.com"),
    ],
    ids=["plain", "behind another", "post-quantum", "records", "bytes", "none", "old", "early"],
)
def test_a_hello_may_have_many_shapes(data: bytes, name: str | None) -> None:
    assert read(data) == name


def test_a_hello_in_pieces_is_waited_for() -> None:
    data = records(message(NAMED), 30)
    reader = HelloReader()
    for at in range(len(data) - 1):
        assert reader.feed(data[at : at + 1]) is None
    assert reader.feed(data[-1:]) == ClientHello("example.com")


TWICE = vector(2, name_entry(b"example.com") + name_entry(b"other.example"))
BODY = message(NAMED)[4:]


NO_HELLOS = {
    "two names in one list": hello(
        server_name(name_entry(b"example.com"), name_entry(b"other.example"))
    ),
    "two lists": hello(NAMED, server_name(name_entry(b"other.example"))),
    "the same list twice": hello(NAMED, NAMED),
    "another extension twice": hello(extension(10, b"x"), extension(10, b"x")),
    "an empty list": hello(server_name()),
    "an empty name": hello(server_name(name_entry(b""))),
    "a name of another kind": hello(server_name(name_entry(b"example.com", kind=1))),
    "a name beyond ASCII": hello(server_name(name_entry(b"ex\xc3\xa4mple.com"))),
    "bytes behind the list": hello(extension(0, vector(2, name_entry(b"example.com")) + b"x")),
    "a list that is cut off": hello(extension(0, TWICE[:-1])),
    "a list shorter than its name": hello(extension(0, b"\0\x20" + name_entry(b"example.com"))),
    "bytes behind the extensions": records(message(NAMED, tail=b"x")),
    "bytes behind the message": records(message(NAMED) + b"x"),
    "two messages": records(message(NAMED) + message(NAMED)),
    "a message that is cut off": records(b"\x01" + vector(3, BODY[:-1])),
    "an empty message": records(b"\x01" + vector(3, b"")),
    "version 2": records(b"\x01" + vector(3, b"\x02" + BODY[1:])),
    "a hello of a server": records(b"\x02" + vector(3, BODY)),
    "a session too long": records(
        b"\x01" + vector(3, BODY[:34] + vector(1, bytes(33)) + BODY[35:])
    ),
    "no cipher": records(b"\x01" + vector(3, BODY[:35] + vector(2, b"") + BODY[39:])),
    "half a cipher": records(b"\x01" + vector(3, BODY[:35] + vector(2, b"abc") + BODY[39:])),
    "no compression": records(b"\x01" + vector(3, BODY[:39] + vector(1, b"") + BODY[41:])),
    "an empty record": b"\x16\x03\x01\0\0" + hello(NAMED),
    "a record too long": b"\x16\x03\x01\x40\x01",
    "a record of data": b"\x17" + hello(NAMED)[1:],
    "a record of version 2": b"\x16\x02" + hello(NAMED)[2:],
    "another record in between": records(message(NAMED)[:20])
    + b"\x14\x03\x01\0\1\1"
    + records(message(NAMED)[20:]),
    "the hello of version 2": b"\x80\x2e\x01\x03\x01",
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "SSH": b"SSH-2.0-x\r\n",
}


@pytest.mark.parametrize("data", NO_HELLOS.values(), ids=NO_HELLOS)
def test_what_is_no_hello_or_has_two_readings_is_refused(data: bytes) -> None:
    with pytest.raises(HelloRefused):
        HelloReader().feed(data)


def test_two_names_are_called_what_they_are() -> None:
    with pytest.raises(HelloRefused, match="names more than one host"):
        read(hello(extension(0, TWICE)))


@pytest.mark.parametrize("pace", [1000, MOST_BYTES, 10 * MOST_BYTES])
def test_a_hello_that_is_too_long_is_refused(pace: int) -> None:
    data = records(message(NAMED, extension(21, bytes(60_000))))
    reader = HelloReader()
    with pytest.raises(HelloRefused, match="too long"):
        for at in range(0, MOST_BYTES, pace):
            assert reader.feed(data[at : at + pace]) is None


def test_a_hello_of_almost_the_longest_size_is_read() -> None:
    padding = extension(21, bytes(MOST_BYTES - 200))
    assert read(hello(padding, NAMED)) == "example.com"


@st.composite
def spoilt_hellos(draw: st.DrawFn) -> bytes:
    data = bytearray(
        draw(st.sampled_from([REAL, hello(NAMED, POST_QUANTUM), records(REAL[5:], 40)]))
    )
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        kept = draw(st.integers(0, 4))
        data[at : at + kept] = draw(st.binary(max_size=4))
    return bytes(data)


REAL = real_hello("example.com")


@given(spoilt_hellos() | st.binary(max_size=100).map(lambda tail: b"\x16\x03\x01" + tail))
def test_no_hello_is_read_otherwise_than_by_openssl(data: bytes) -> None:
    try:
        ours = HelloReader().feed(data)
    except HelloRefused as refused:
        assert str(refused).isascii()
        return
    if ours is not None:
        assert read_by_openssl(data) in ([], [ours.server_name])


@pytest.mark.parametrize(
    ("name", "authority"),
    [
        ("example.com", "example.com:443"),
        ("EXAMPLE.Com", "example.com:443"),
        ("example.com.", "example.com:443"),
        ("xn--bcher-kva.example", "b\xfccher.example:443"),
        (None, "192.0.2.1:443"),
        (None, "[2001:db8::1]:443"),
    ],
)
def test_the_name_that_was_asked_for_passes(name: str | None, authority: str) -> None:
    check_name(ClientHello(name), parse_authority(authority))


@pytest.mark.parametrize(
    ("name", "authority", "reason"),
    [
        (
            "other.example",
            "example.com:443",
            "the TLS inside names other.example, not example.com",
        ),
        ("www.example.com", "example.com:443", "names www.example.com, not example.com"),
        ("example.com.other.example", "example.com:443", "not example.com"),
        ("192.0.2.1", "example.com:443", "names 192.0.2.1, not example.com"),
        (None, "example.com:443", "names no host, and should name example.com"),
        ("example.com\0.other.example", "example.com:443", "names no usable host"),
        ("example.com:443", "example.com:443", "names no usable host"),
        ("*.com", "example.com:443", "names no usable host"),
        ("\x1b[2J", "example.com:443", "names no usable host"),
        ("192.0.2.1", "192.0.2.1:443", "names 192.0.2.1"),
        ("example.com", "192.0.2.1:443", "names example.com, not 192.0.2.1"),
        ("2001:db8::1", "[2001:db8::1]:443", "names 2001:db8::1"),
    ],
)
def test_another_name_is_refused(name: str | None, authority: str, reason: str) -> None:
    with pytest.raises(HelloRefused) as refused:
        check_name(ClientHello(name), parse_authority(authority))
    assert reason in str(refused.value)
    assert str(refused.value).isprintable()
