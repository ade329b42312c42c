"""What the gate that asks makes of rules and answers."""

import asyncio

import pytest

from runner.approval.desk import Desk
from runner.approval.question import Answer
from runner.egress.current_rules import CurrentRules
from runner.egress.gate import Contact
from runner.egress.holding import HoldingGate
from runner.egress.rules import COMMAND_LINE, EgressRules, Verdict
from runner.egress.targets import parse_authority

TARGET = parse_authority("example.com:443")
CONTACT = Contact("call-1", TARGET, "CONNECT", "")


def rules(
    allowed: str = "", denied: str = "", asked: str = "", *, strict: bool = False
) -> EgressRules:
    """One rule of each kind, or none."""
    lists = [[(text, COMMAND_LINE)] if text else [] for text in (allowed, denied, asked)]
    return EgressRules.from_sources(*lists, strict=strict)


def decided(answer: Answer | None, *stages: EgressRules) -> Verdict:
    """The verdict; with two stages the rules change while the question stands."""
    current = [stages[0]]
    desk = Desk("s", lambda *_: None)

    def give() -> None:
        current[0] = stages[-1]
        for question in desk.questions():
            assert answer is not None
            desk.answer(question.id, answer)

    desk.watch(lambda: give() if desk.questions() else None)
    gate = HoldingGate(CurrentRules(lambda: current[0]), desk, lambda _: "curl", 5.0)
    return asyncio.run(gate.decide(CONTACT))


@pytest.mark.parametrize("answer", list(Answer), ids=lambda answer: answer.value)
@pytest.mark.parametrize(
    "open_rules", [rules(), rules(asked="example.com"), rules("example.com", asked="*")]
)
def test_what_the_rules_leave_open_is_the_user_s_to_decide(
    answer: Answer, open_rules: EgressRules
) -> None:
    verdict = decided(answer, open_rules)

    assert verdict.decision == ("allow" if answer.allows else "deny")
    assert (verdict.rule is not None) == answer.allows


@pytest.mark.parametrize(
    ("settled", "decision"),
    [
        (rules("example.com"), "allow"),
        (rules(denied="example.com"), "deny"),
        (rules("example.com", denied="*"), "deny"),
        (rules(strict=True), "deny"),
    ],
)
def test_what_the_rules_decide_is_not_asked_about(settled: EgressRules, decision: str) -> None:
    assert decided(None, settled).decision == decision


def test_a_rule_that_came_meanwhile_and_denies_outlasts_a_yes() -> None:
    verdict = decided(Answer.ONCE, rules(), rules(denied="example.com"))

    assert (verdict.decision, verdict.reason) == ("deny", '"example.com" denies it')


def test_a_yes_opens_the_port_that_was_asked_about_and_no_other() -> None:
    rule = decided(Answer.SESSION, rules()).rule

    assert rule is not None
    assert rule.matches(TARGET)
    assert not rule.matches(parse_authority("example.com:80"))
    assert not rule.matches(parse_authority("a.example.com:443"))
