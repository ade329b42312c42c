"""Where nobody can be asked, what would be asked about is denied, for the same reason."""

import asyncio
from dataclasses import replace

import pytest

from runner.egress.gate import Contact, RulesGate
from runner.egress.rules import COMMAND_LINE, EgressRules
from runner.egress.targets import parse_authority


@pytest.mark.parametrize(
    ("target", "asks", "decision"),
    [
        ("allowed.example.com:443", "allow", "allow"),
        ("asked.example.com:443", "ask", "deny"),
        ("unknown.example.com:443", "ask", "deny"),
        ("denied.example.com:443", "deny", "deny"),
    ],
)
def test_what_would_be_asked_about_is_denied(target: str, asks: str, decision: str) -> None:
    rules = EgressRules.from_sources(
        [("allowed.example.com", COMMAND_LINE), ("asked.example.com", COMMAND_LINE)],
        [("denied.example.com", COMMAND_LINE)],
        [("asked.example.com", COMMAND_LINE)],
    )
    contact = Contact("call", parse_authority(target), "CONNECT", "")
    control = rules.decide(contact.target)
    found = asyncio.run(RulesGate(rules).decide(contact))
    assert (control.decision, found.decision) == (asks, decision)
    assert found == replace(control, decision=found.decision)
