"""Bytes are counted by host and in all; at a bound the connection, and new ones, are refused."""

from runner.egress.budget import MOST_HOSTS, Budget
from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import Rule, RuleSource, Verdict
from runner.egress.targets import Target, parse_authority

A = parse_authority("a.example:443")
A_ON_80 = parse_authority("a.example:80")
B = parse_authority("b.example:443")


def bound(key: str, most: int) -> ByteBound:
    source = RuleSource("settings.json", 3, "user")
    return ByteBound(most, Rule(f"sandbox.network.{key}: {most}", source, None))


HOST, SESSION = bound("maxBytesPerHost", 100), bound("maxBytesPerSession", 150)


def refused(limit: ByteBound) -> Verdict:
    key = limit.rule.text.partition(":")[0]
    reason = f"the session has moved as many bytes as {limit.rule.text} lets it"
    return Verdict("deny", limit.rule, reason, f"raise {key}")


def spent(within: Budget, target: Target, *sizes: int) -> Verdict | None:
    meter = within.meter(target)
    assert [meter.spend(size) for size in sizes[:-1]] == [True] * (len(sizes) - 1)
    assert meter.spend(sizes[-1]) is (meter.passed is None)
    return meter.passed


def test_without_a_bound_any_number_of_bytes_may_move() -> None:
    free = Budget(EgressLimits())
    assert spent(free, A, 1 << 50, 1 << 50) is None
    assert free.refusal(A) is None


def test_all_of_a_bound_may_be_used_and_not_a_byte_more() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST))
    assert spent(within, A, 60, 40) is None
    assert spent(within, A, 1) == refused(HOST)


def test_what_has_used_up_its_bound_is_refused_anew_and_other_hosts_are_not() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST))
    assert spent(within, A, 99) is None
    assert within.refusal(A) is None
    assert spent(within, A_ON_80, 1) is None
    assert [within.refusal(A), within.refusal(A_ON_80)] == [refused(HOST)] * 2
    assert within.refusal(B) is None
    assert spent(within, B, 100) is None


def test_the_bound_of_the_session_holds_for_all_hosts_together() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST, bytes_per_session=SESSION))
    assert spent(within, A, 90) is None
    assert spent(within, B, 61) == refused(SESSION)
    assert [within.refusal(target) for target in (A, B)] == [refused(SESSION)] * 2


def test_a_connection_that_kept_within_the_bound_is_not_blamed_for_another() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST))
    good, bad = within.meter(A), within.meter(A)
    assert (good.spend(50), bad.spend(51)) == (True, False)
    assert (good.passed, bad.passed) == (None, refused(HOST))


def test_invented_hosts_fill_no_memory_and_share_what_is_left() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST))
    invented = [parse_authority(f"h{n}.example:443") for n in range(MOST_HOSTS + 2)]
    for target in invented[:MOST_HOSTS]:
        assert spent(within, target, 1) is None
    assert spent(within, invented[-2], 100) is None
    assert within.refusal(invented[-1]) == refused(HOST)
    assert within.refusal(invented[0]) is None


def test_a_cell_is_told_the_setting_and_not_the_file_it_is_in() -> None:
    within = Budget(EgressLimits(bytes_per_host=HOST))
    verdict = spent(within, A, 101)
    assert verdict is not None
    assert "settings.json" not in verdict.reason + verdict.remedy
