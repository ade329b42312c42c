"""Which hosts may be contacted: rules with their sources, and the verdict on one target.

Rules are ordered by what they say, the strictest first, however wide or narrow: deny, ask, allow.
What no rule names is asked about, or denied where the list is strict: an empty list is never "all".
Pure; addresses are judged afterwards, in `addresses`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port, shown
from runner.egress.targets import Target, split_authority
from runner.errors import SettingsInvalid, UsageError

Scope: TypeAlias = Literal["managed", "command line", "local", "project", "user", "session"]
"""Who wrote a rule. "session" is an answer given while it runs: no file can hold one."""

Decision: TypeAlias = Literal["allow", "ask", "deny"]
FinalDecision: TypeAlias = Literal["allow", "deny"]
"""What is left of a decision when everybody was asked."""

_MANAGED_REMEDY = "have it allowed by whoever manages this machine's settings"

USER_CONTROLLED: frozenset[Scope] = frozenset({"managed", "command line", "user"})
"""Scopes the repository cannot write; only they open private addresses."""


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a rule was written: file and line; without (no file, line 0) the scope says it all."""

    file: str
    line: int
    scope: Scope

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.scope


COMMAND_LINE = RuleSource("", 0, "command line")
SESSION = RuleSource("", 0, "session")


@dataclass(frozen=True, slots=True)
class Rule:
    """A host pattern: one host, the names below one (`subdomains`), or, without host, every one.

    `port` is `None` for any port. `text` is the rule as it was written.
    """

    text: str
    source: RuleSource
    host: Host | None
    subdomains: bool = False
    port: int | None = None

    @property
    def names_one_host(self) -> bool:
        """Whether it names the host itself, not a family of hosts."""
        return self.host is not None and not self.subdomains

    def matches(self, target: Target) -> bool:
        """Whether the rule speaks about this target."""
        if self.port not in (None, target.port):
            return False
        if self.host is None:
            return True
        if self.subdomains:
            return target.host.text.endswith("." + self.host.text)
        return target.host == self.host


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one target, the rule that made it, why, and what would change it.

    "ask" carries what its denial would, should there be nobody to ask.

    `reason` is a clause about the target ("no rule allows it"). `remedy` is one line: what to type
    or edit for the connection to be allowed. Neither says where the rule is written: both are
    shown to the cell, and the user's paths are none of its business.
    """

    decision: Decision
    rule: Rule | None
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class EgressRules:
    """All rules of one session. Without any, no host is allowed.

    `strict`: what no rule names is denied, not asked about. `managed_only`: only managed rules
    allow, whatever else stands in `allowed`, and nothing is asked about.
    """

    allowed: tuple[Rule, ...] = ()
    denied: tuple[Rule, ...] = ()
    asked: tuple[Rule, ...] = ()
    strict: bool = False
    managed_only: bool = False

    @classmethod
    def from_sources(
        cls,
        allowed: Iterable[tuple[str, RuleSource]],
        denied: Iterable[tuple[str, RuleSource]] = (),
        asked: Iterable[tuple[str, RuleSource]] = (),
        *,
        strict: bool = False,
        managed_only: bool = False,
    ) -> Self:
        """Read rules: `host`, `*.host`, each with or without `:port`; IPv6 in brackets.

        `*.host` means the names below `host` at any depth, not `host` itself. In an allowed rule
        the part after `*.` has at least two labels; a denied or asked rule may be `*` alone.

        Raises:
            SettingsInvalid: a rule of a settings file cannot be used; names file and line.
            UsageError: the same for a rule of the command line.
        """
        grants = [_read(text, source, grants=True) for text, source in allowed]
        # The first match decides, so the rules that may open private addresses come first.
        grants.sort(key=lambda rule: not opens_private(rule))
        refusals = [_read(text, source, grants=False) for text, source in denied]
        questions = [_read(text, source, grants=False) for text, source in asked]
        return cls(tuple(grants), tuple(refusals), tuple(questions), strict, managed_only)

    def decide(self, target: Target) -> Verdict:
        """The verdict on a target; no name is resolved."""
        if rule := self.denying(target):
            return _restricted("deny", rule, "denies it", "denied domain")
        verdict = self._unless_denied(target)
        if self.managed_only and verdict.decision == "ask":
            return replace(verdict, decision="deny")
        return verdict

    def denying(self, target: Target) -> Rule | None:
        """The first denied rule that speaks about the target."""
        return next((rule for rule in self.denied if rule.matches(target)), None)

    def _unless_denied(self, target: Target) -> Verdict:
        for rule in self.asked:
            if rule.matches(target):
                return _restricted("ask", rule, "wants it asked about", "ask rule")
        for rule in self.allowed:
            if rule.matches(target) and self._may_allow(rule):
                return Verdict("allow", rule, f'"{shown(rule.text)}" allows it')
        decision: Decision = "deny" if self.strict else "ask"
        return Verdict(decision, None, "no rule allows it", self._permitting(target))

    def _may_allow(self, rule: Rule) -> bool:
        return not self.managed_only or rule.source.scope == "managed"

    def _permitting(self, target: Target) -> str:
        if self.managed_only:
            return _MANAGED_REMEDY
        on_any_port = any(replace(rule, port=None).matches(target) for rule in self.allowed)
        return allow_option(str(target) if on_any_port else target.host.in_authority)


def opens_private(rule: Rule) -> bool:
    """Whether the rule may lead to private addresses: it names one host, and the user wrote it.

    Who answers a question sees a name, not where it leads: such an answer opens what the name
    itself says, an address or `localhost`.
    """
    if rule.host is not None and rule.source.scope == "session":
        return rule.host.address is not None or rule.host.text == "localhost"
    return rule.names_one_host and rule.source.scope in USER_CONTROLLED


def allow_option(host: str) -> str:
    """The command line that would allow a host, which is canonical: only brackets need quotes."""
    return f"sandbox run --allow-domain {repr(host) if '[' in host else host}"


def _restricted(decision: Decision, rule: Rule, does: str, kind: str) -> Verdict:
    text = shown(rule.text)
    return Verdict(decision, rule, f'"{text}" {does}', f'remove the {kind} "{text}"')


def _read(text: str, source: RuleSource, *, grants: bool) -> Rule:
    try:
        return _parse(text, source, grants=grants)
    except NameRefused as error:
        message = f'{source}: "{shown(text)}" cannot be a rule: {error}'
        fix = 'write a host such as "example.com", "*.example.com" or "example.com:443"'
        raise (SettingsInvalid if source.file else UsageError)(message, fix=fix) from error


def _parse(text: str, source: RuleSource, *, grants: bool) -> Rule:
    name, port_text = split_authority(text)
    port = None if port_text is None else canonical_port(port_text)
    if name == "*":
        if grants:
            raise NameRefused("it would allow every host")
        return Rule(text, source, None, port=port)
    subdomains = name.startswith("*.")
    host = canonical_host(name.removeprefix("*."))
    if subdomains:
        _check_wildcard(host, grants=grants)
    return Rule(text, source, host, subdomains, port)


def _check_wildcard(host: Host, *, grants: bool) -> None:
    if host.address is not None:
        raise NameRefused("an address has no names below it")
    # Two labels, not the public suffix list: "*.co.uk" passes, and no list has to be kept fresh.
    if grants and "." not in host.text:
        raise NameRefused(f"it would allow every name under .{host}")
