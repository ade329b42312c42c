"""SOCKS messages: whole or not at all, one spelling of a target, a number for every refusal."""

import errno
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.egress.languages import Heard, Named, Order, Unanswerable
from runner.egress.names import Host, NameRefused, canonical_host
from runner.egress.socks import (
    Credentials,
    SocksRefused,
    reply,
    reply_unreached,
    take_credentials,
    take_greeting,
    take_request,
)
from runner.egress.speaking_socks import Socks
from runner.egress.targets import Target

PORT_443 = b"\x01\xbb"


def named(name: bytes, port: bytes = PORT_443, command: int = 1) -> bytes:
    return bytes((5, command, 0, 3, len(name))) + name + port


GREETINGS = {
    "password only": b"\5\1\2",
    "among others": b"\5\3\0\1\2",
    "twice": b"\5\2\2\2",
}
NO_GREETINGS = {
    "no authentication": b"\5\1\0",
    "no method at all": b"\5\0",
    "GSSAPI": b"\5\1\1",
    "no acceptable methods, as a method": b"\5\1\xff",
}


@pytest.mark.parametrize("greeting", GREETINGS.values(), ids=GREETINGS)
def test_a_client_that_offers_a_password_is_asked_for_it(greeting: bytes) -> None:
    buffer = bytearray(greeting + b"next")
    assert (take_greeting(buffer), bytes(buffer)) == (b"\5\2", b"next")


@pytest.mark.parametrize("greeting", NO_GREETINGS.values(), ids=NO_GREETINGS)
def test_a_client_that_offers_no_password_is_turned_away(greeting: bytes) -> None:
    with pytest.raises(SocksRefused) as refused:
        take_greeting(bytearray(greeting))
    assert refused.value.answer == b"\5\xff"


def test_user_and_password_are_bytes_of_any_kind() -> None:
    buffer = bytearray(b"\1\3a\0:\2\xff\n" + b"next")
    assert (take_credentials(buffer), bytes(buffer)) == (Credentials(b"a\0:", b"\xff\n"), b"next")


def test_user_and_password_may_be_empty() -> None:
    assert take_credentials(bytearray(b"\1\0\0")) == Credentials(b"", b"")


def test_credentials_of_another_version_are_refused() -> None:
    with pytest.raises(SocksRefused) as refused:
        take_credentials(bytearray(b"\5"))
    assert refused.value.answer == b"\1\1"


TARGETS = {
    "a name": (named(b"example.com"), "example.com:443"),
    "a name in another spelling": (named(b"EXAMPLE.com."), "example.com:443"),
    "an international name": (named(b"xn--bcher-kva.example"), "xn--bcher-kva.example:443"),
    "an IPv4 address as a name": (named(b"127.0.0.1"), "127.0.0.1:443"),
    "an IPv6 address as a name": (named(b"::1"), "[::1]:443"),
    "an IPv4 address": (b"\5\1\0\1\x7f\0\0\1" + PORT_443, "127.0.0.1:443"),
    "an IPv6 address": (b"\5\1\0\4" + bytes(15) + b"\1" + PORT_443, "[::1]:443"),
    "an IPv4 address as an IPv6 one": (
        b"\5\1\0\4" + bytes(10) + b"\xff\xff\x7f\0\0\1" + PORT_443,
        "127.0.0.1:443",
    ),
    "the highest port": (named(b"example.com", b"\xff\xff"), "example.com:65535"),
}


@pytest.mark.parametrize(("request_", "target"), TARGETS.values(), ids=TARGETS)
def test_a_request_names_its_target_in_the_one_spelling(request_: bytes, target: str) -> None:
    buffer = bytearray(request_ + b"next")
    assert (str(take_request(buffer)), bytes(buffer)) == (target, b"next")


NO_TARGETS = {
    "an empty name": named(b""),
    "a NUL": named(b"example.com\0.example"),
    "a line end": named(b"example.com\r\n"),
    "a blank": named(b"example.com "),
    "a port in the name": named(b"example.com:80"),
    "user information": named(b"user@example.com"),
    "percent-encoding": named(b"ex%61mple.com"),
    "a zone": named(b"fe80::1%eth0"),
    "a name that is not ASCII": named("bücher.example".encode()),
    "a name that is no text": named(b"\xff\xfe.example"),
    "a short form of IPv4": named(b"127.1"),
    "an octal form": named(b"0177.0.0.1"),
    "a hexadecimal form": named(b"0x7f000001"),
    "one number": named(b"2130706433"),
    "a label that is too long": named(b"a" * 64 + b".example"),
    "the longest name there is room for": named(b"a" * 255),
    "port 0": named(b"example.com", b"\0\0"),
}


@pytest.mark.parametrize("request_", NO_TARGETS.values(), ids=NO_TARGETS)
def test_what_names_no_place_is_refused(request_: bytes) -> None:
    with pytest.raises(SocksRefused, match="the target cannot be used") as refused:
        take_request(bytearray(request_))
    assert refused.value.answer == reply(1)
    assert refused.value.target is not None


OTHER_REQUESTS = {
    "BIND": (named(b"example.com", command=2), 7),
    "UDP ASSOCIATE": (named(b"example.com", command=3), 7),
    "a command of some extension": (named(b"example.com", command=0xF0), 7),
    "an unknown type of address": (b"\5\1\0\2....." + PORT_443, 8),
    "another version": (b"\4" + named(b"example.com")[1:], 1),
    "a reserved byte that is used": (b"\5\1\1" + named(b"example.com")[3:], 1),
}


@pytest.mark.parametrize(("request_", "code"), OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
def test_anything_but_a_tunnel_is_refused_with_its_number(request_: bytes, code: int) -> None:
    with pytest.raises(SocksRefused) as refused:
        take_request(bytearray(request_))
    assert refused.value.answer == bytes((5, code, 0, 1)) + bytes(6)


@pytest.mark.parametrize(
    ("message", "take"),
    [
        *((greeting, take_greeting) for greeting in GREETINGS.values()),
        (b"\1\3abc\2de", take_credentials),
        *((request, take_request) for request, _ in TARGETS.values()),
    ],
)
def test_a_message_that_is_not_whole_is_left_as_it_is(
    message: bytes, take: Callable[[bytearray], object]
) -> None:
    for length in range(len(message)):
        buffer = bytearray(message[:length])
        assert (take(buffer), bytes(buffer)) == (None, message[:length])
    assert take(bytearray(message)) is not None


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (os.strerror(errno.ECONNREFUSED).lower(), 5),
        (os.strerror(errno.EHOSTUNREACH).lower(), 4),
        ("no answer within 15 seconds", 4),
        ("it has no address", 4),
    ],
)
def test_a_server_that_refuses_is_told_from_one_that_is_not_there(reason: str, code: int) -> None:
    assert reply_unreached(reason) == reply(code)


@given(st.binary(max_size=255))
def test_a_name_is_a_target_only_in_the_spelling_that_rules_and_dialling_see(name: bytes) -> None:
    try:
        expected = Target(canonical_host(name.decode("ascii")), 443)
    except (NameRefused, UnicodeDecodeError):
        with pytest.raises(SocksRefused):
            take_request(bytearray(named(name)))
    else:
        assert take_request(bytearray(named(name))) == expected


def token_of(call_id: str) -> str | None:
    return {"call-1": "secret"}.get(call_id)


def heard(*pieces: bytes) -> list[Heard | str]:
    """What is heard when a conversation comes in these pieces."""
    language, buffer, said = Socks(token_of), bytearray(), list[Heard | str]()
    try:
        for piece in pieces:
            buffer += piece
            while (next_ := language.hear(buffer)) is not None:
                said.append(next_)
                if isinstance(next_, Order):
                    return said
    except Unanswerable as refused:
        said.append(str(refused))
    return said


WHOLE = b"\5\1\2" + b"\1\6call-1\6secret" + named(b"example.com")


def test_a_conversation_is_heard_the_same_in_one_piece_and_byte_by_byte() -> None:
    bytes_ = [WHOLE[at : at + 1] for at in range(len(WHOLE))]
    answer, name, order = heard(WHOLE)
    assert (answer, name) == (b"\5\2", Named("call-1"))
    assert isinstance(order, Order)
    assert order.asked.target == Target(Host("example.com"), 443)
    assert heard(*bytes_) == [answer, name, order]


@pytest.mark.parametrize(
    "credentials", [b"\1\6call-1\5wrong", b"\1\6call-2\6secret", b"\1\0\0", b"\1\1\xff\6secret"]
)
def test_credentials_that_open_nothing_name_nobody(credentials: bytes) -> None:
    assert heard(b"\5\1\2" + credentials) == [b"\5\2", Named(None)]


@given(st.binary(max_size=600), st.integers(0, 600))
def test_no_bytes_are_heard_differently_in_two_pieces(rest: bytes, cut: int) -> None:
    assert heard(WHOLE[:17] + rest) == heard(WHOLE[:17] + rest[:cut], rest[cut:])
