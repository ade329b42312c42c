"""What a verdict and its traffic look like in the account of a call; here sources are named."""

from dataclasses import replace

from runner.egress.calls import Connection
from runner.egress.names import shown
from runner.egress.rules import Rule, Verdict
from runner.egress.targets import Target


def allowed(target: Target, rule: Rule, *, bytes_up: int = 0, bytes_down: int = 0) -> Connection:
    """A connection that was allowed; without bytes if it ended at once."""
    reason = f"allowed by {rule.source}"
    return Connection(
        target.host.text, target.port, "allow", shown(rule.text), reason, "", bytes_up, bytes_down
    )


def unreached(target: Target, rule: Rule, reason: str) -> Connection:
    """A connection that was allowed, and to which no server answered."""
    failure = f"it could not be reached: {reason}"
    return replace(allowed(target, rule), reason=failure, reached=False)


def denied(target: Target, verdict: Verdict) -> Connection:
    """A connection that was refused."""
    if verdict.rule is None:
        rule, source = "", ""
    else:
        rule, source = shown(verdict.rule.text), f" ({verdict.rule.source})"
    reason = verdict.reason + source
    return Connection(target.host.text, target.port, "deny", rule, reason, verdict.remedy)


def unreadable(text: str, reason: str) -> Connection:
    """A request whose target names no place; `text` is what stood there."""
    return Connection(shown(text), 0, "deny", reason=reason)
