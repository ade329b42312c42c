"""What a call did is kept until it ends, summed up, and of bounded size."""

import pytest

from runner.egress.calls import MOST_ENTRIES, OTHERS, Calls, Connection, Entry, Trail


def test_a_token_is_long_and_safe_in_a_url_and_new_for_each_call() -> None:
    calls = Calls()
    tokens = [calls.open(f"call-{n}") for n in range(3)]
    assert len(set(tokens)) == 3
    assert all(
        len(token) == 43 and token.replace("-", "").replace("_", "").isalnum() for token in tokens
    )
    assert calls.token("call-1") == tokens[1]


@pytest.mark.parametrize("call_id", ["", "a:b", "a b", "a@b", "a/b", "a\n", "ä"])
def test_an_id_that_would_not_survive_in_a_proxy_url_is_refused(call_id: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        Calls().open(call_id)


def test_a_call_is_opened_once() -> None:
    calls = Calls()
    calls.open("call")
    with pytest.raises(ValueError, match="open already"):
        calls.open("call")
    calls.void("call")
    with pytest.raises(ValueError, match="open already"):
        calls.open("call")
    calls.close("call")
    calls.open("call")


def test_a_voided_token_is_gone_while_its_connections_are_still_noted() -> None:
    calls = Calls()
    calls.open("call")
    calls.void("call")
    calls.note("call", Connection("a.example", 443, "allow"))
    assert calls.token("call") is None
    assert calls.close("call") == (Connection("a.example", 443, "allow"),)


def test_connections_are_summed_by_host_port_and_verdict_in_order_of_the_first() -> None:
    calls = Calls()
    calls.open("call")
    for connection in (
        Connection("b.example", 443, "allow", "b.example", "first", "", 1, 10),
        Connection("a.example", 443, "deny", "", "no", "do this"),
        Connection("b.example", 443, "allow", "b.example", "second", "", 2, 20),
        Connection("b.example", 80, "allow"),
        Connection("b.example", 443, "deny"),
        Connection("a.example", 443, "deny", "", "no", "do that"),
    ):
        calls.note("call", connection)
    assert calls.close("call") == (
        Connection("b.example", 443, "allow", "b.example", "first", "", 3, 30, 2),
        Connection("a.example", 443, "deny", "", "no", "do this", count=2),
        Connection("b.example", 80, "allow"),
        Connection("b.example", 443, "deny"),
    )


def test_calls_do_not_see_each_other() -> None:
    calls = Calls()
    calls.open("one")
    calls.open("two")
    calls.note("one", Connection("a.example", 443, "allow"))
    assert calls.close("two") == ()
    assert len(calls.close("one")) == 1


def test_of_a_call_that_is_not_open_nothing_is_noted() -> None:
    calls = Calls()
    calls.note("call", Connection("a.example", 443, "allow"))
    calls.void("call")
    assert calls.close("call") == ()


def test_a_call_cannot_fill_the_memory_with_invented_hosts() -> None:
    calls = Calls()
    calls.open("call")
    for n in range(MOST_ENTRIES + 50):
        calls.note("call", Connection(f"h{n}.example", 443, "deny", bytes_up=1))
    done = calls.close("call")
    assert len(done) == MOST_ENTRIES + 1
    assert done[-1] == Connection(OTHERS, 0, "deny", bytes_up=50, count=50)


def test_the_log_is_told_of_every_connection_and_the_sum_forgets_where_each_led() -> None:
    told: list[Entry] = []
    calls = Calls(told.append)
    calls.open("call", "curl a.example")
    trails = (Trail("s.json:3", "192.88.98.1", 12.34), Trail("s.json:3", "192.88.98.2", 5))
    for trail in trails:
        calls.note(
            "call", Connection("a.example", 443, "allow", "a.example", "r", "", 1, 2, trail=trail)
        )
    assert told == [
        {
            "call_id": "call",
            "command": "curl a.example",
            "host": "a.example",
            "port": 443,
            "address": address,
            "verdict": "allow",
            "rule": "a.example",
            "source": "s.json:3",
            "reason": "r",
            "bytes_up": 1,
            "bytes_down": 2,
            "duration_ms": duration_ms,
        }
        for address, duration_ms in (("192.88.98.1", 12.3), ("192.88.98.2", 5))
    ]
    (done,) = calls.close("call")
    assert done == Connection("a.example", 443, "allow", "a.example", "r", "", 2, 4, 2)
    assert done.trail == trails[0]


def test_the_log_is_told_of_a_voided_call_and_of_no_closed_one() -> None:
    told: list[Entry] = []
    calls = Calls(told.append)
    calls.open("call")
    calls.void("call")
    calls.note("call", Connection("a.example", 443, "allow"))
    calls.close("call")
    calls.note("call", Connection("b.example", 443, "allow"))
    assert [entry["host"] for entry in told] == ["a.example"]
