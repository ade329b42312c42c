"""What the proxy says is short, escaped, and ends the connection."""

import h11
import pytest

from runner.egress.answers import answer, not_allowed, not_reached, who_are_you, without_body
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.egress.targets import parse_authority

TARGET = parse_authority("example.com:443")


def read(response: bytes, method: str = "GET") -> tuple[int, dict[bytes, bytes], str]:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(response)
    event = connection.next_event()
    assert isinstance(event, h11.Response)
    body = b""
    while isinstance(data := connection.next_event(), h11.Data):
        body += data.data
    assert isinstance(data, h11.EndOfMessage)
    return event.status_code, dict(event.headers), body.decode()


def test_a_refused_host_is_named_with_what_would_allow_it() -> None:
    status, headers, body = read(not_allowed(TARGET, EgressRules().decide(TARGET)))
    assert status == 403
    assert headers[b"connection"] == b"close"
    assert headers[b"content-type"].startswith(b"text/plain")
    assert body == (
        "sandbox: example.com:443 is not allowed. "
        "To allow it: sandbox run --allow-domain example.com\n"
    )


def test_a_host_that_a_rule_denies_is_named_with_the_rule() -> None:
    rules = EgressRules.from_sources([], [("*.com", COMMAND_LINE)])
    assert read(not_allowed(TARGET, rules.decide(TARGET)))[2] == (
        'sandbox: example.com:443 is not allowed: "*.com" denies it. '
        'To allow it: remove the denied domain "*.com"\n'
    )


def test_missing_credentials_are_asked_for_in_the_way_clients_understand() -> None:
    status, headers, _ = read(who_are_you())
    assert status == 407
    assert headers[b"proxy-authenticate"] == b'Basic realm="sandbox"'


def test_a_server_that_cannot_be_reached_is_no_refusal() -> None:
    status, _, body = read(not_reached(TARGET, "connection refused"))
    assert status == 502
    assert body == (
        "sandbox: example.com:443 is allowed, but could not be reached: connection refused\n"
    )


def test_the_answer_to_a_head_request_has_no_body() -> None:
    assert read(without_body(answer(403, "no")), "HEAD")[2] == ""


@pytest.mark.parametrize("text", ["\u202e", "ü", "\ud800"], ids=ascii)
def test_text_that_is_not_ascii_is_escaped(text: str) -> None:
    assert read(answer(400, text))[2] == f"sandbox: {ascii(text)[1:-1]}\n"
