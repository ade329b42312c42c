"""What a verdict and its traffic look like in the account of a call; here sources are named."""

import time
from dataclasses import replace

from runner.egress.calls import Connection, Trail
from runner.egress.names import shown
from runner.egress.rules import Rule, Verdict
from runner.egress.targets import Target


def allowed(target: Target, rule: Rule, *, bytes_up: int = 0, bytes_down: int = 0) -> Connection:
    """A connection that was allowed; without bytes if it ended at once."""
    return Connection(
        target.host.text,
        target.port,
        "allow",
        shown(rule.text),
        f"allowed by {rule.source}",
        bytes_up=bytes_up,
        bytes_down=bytes_down,
        trail=Trail(str(rule.source)),
    )


def unreached(target: Target, rule: Rule, reason: str) -> Connection:
    """A connection that was allowed, and to which no server answered."""
    failure = f"it could not be reached: {reason}"
    return replace(allowed(target, rule), reason=failure, reached=False)


def denied(
    target: Target, verdict: Verdict, *, bytes_up: int = 0, bytes_down: int = 0
) -> Connection:
    """A connection that was refused; with bytes if that was in the middle of it."""
    rule = source = ""
    if verdict.rule is not None:
        rule, source = shown(verdict.rule.text), str(verdict.rule.source)
    return Connection(
        target.host.text,
        target.port,
        "deny",
        rule,
        verdict.reason + (f" ({source})" if source else ""),
        verdict.remedy,
        bytes_up,
        bytes_down,
        trail=Trail(source),
    )


def unreadable(text: str, reason: str) -> Connection:
    """A request whose target names no place; `text` is what stood there."""
    return Connection(shown(text), 0, "deny", reason=reason)


def traced(connection: Connection, since: float, address: str | None = None) -> Connection:
    """The same, with the address that was dialled and how long it took from `since` to now.

    `since` is a `time.monotonic()`.
    """
    duration_ms = (time.monotonic() - since) * 1000
    return replace(
        connection, trail=replace(connection.trail, address=address, duration_ms=duration_ms)
    )
