"""Only the token of an open call opens the proxy."""

import base64

import pytest

from runner.egress.credentials import recognise


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


def token_of(call_id: str) -> str | None:
    return {"call-1": "secret", "call-2": "other"}.get(call_id)


@pytest.mark.parametrize(
    "header",
    [
        basic("call-1:secret"),
        b"basic" + basic("call-1:secret")[5:],
        b"BASIC  " + basic("call-1:secret")[6:],
    ],
)
def test_the_token_of_an_open_call_names_the_call(header: bytes) -> None:
    assert recognise(header, token_of) == "call-1"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Basic",
        b"Basic ",
        basic(""),
        basic(":"),
        basic("call-1"),
        basic("call-1:"),
        basic("call-1:wrong"),
        basic("call-1:other"),
        basic("call-1:secret "),
        basic("call-1:secret:"),
        basic("CALL-1:secret"),
        basic("call-3:secret"),
        basic("call-3:"),
        basic("cäll-1:secret"),
        basic("call-1:sécret"),
        b"Bearer " + basic("call-1:secret")[6:],
        b"Basic call-1:secret",
        basic("call-1:secret") + b"!",
        basic("call-1:secret") + b", Basic x",
        b"Basic \xff\xff",
    ],
)
def test_anything_else_names_no_call(header: bytes) -> None:
    assert recognise(header, token_of) is None
