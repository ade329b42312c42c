"""The account names the source of every verdict; the log gets it, the address and the time."""

import time

from runner.egress import account
from runner.egress.calls import Connection, Trail
from runner.egress.rules import Rule, RuleSource, Verdict
from runner.egress.targets import parse_authority

TARGET = parse_authority("a.example:443")
RULE = Rule("*.example", RuleSource("s.json", 3, "user"), None)


def test_an_allowed_connection_names_its_rule() -> None:
    done = account.allowed(TARGET, RULE, bytes_up=1, bytes_down=2)
    reason = "allowed by s.json:3"
    assert done == Connection("a.example", 443, "allow", "*.example", reason, "", 1, 2)
    assert done.trail == Trail("s.json:3")


def test_an_unreached_one_is_allowed_and_says_why_nothing_came_of_it() -> None:
    done = account.unreached(TARGET, RULE, "no answer")
    reason = "it could not be reached: no answer"
    assert done == Connection("a.example", 443, "allow", "*.example", reason, reached=False)
    assert done.trail == Trail("s.json:3")


def test_a_denied_one_names_its_rule_if_there_is_one() -> None:
    by_rule = account.denied(TARGET, Verdict("deny", RULE, "no", "do this"), bytes_up=5)
    assert by_rule == Connection(
        "a.example", 443, "deny", "*.example", "no (s.json:3)", "do this", 5
    )
    assert by_rule.trail == Trail("s.json:3")
    by_none = account.denied(TARGET, Verdict("deny", None, "no", "do this"))
    assert by_none == Connection("a.example", 443, "deny", "", "no", "do this")
    assert by_none.trail == Trail()


def test_a_traced_one_knows_its_address_and_its_time_and_is_the_same_otherwise() -> None:
    done = account.allowed(TARGET, RULE)
    traced = account.traced(done, time.monotonic() - 2, "192.88.98.1")
    assert traced == done
    assert (traced.trail.source, traced.trail.address) == ("s.json:3", "192.88.98.1")
    assert traced.trail.duration_ms >= 2000
