"""Which hosts may be contacted: rules with their sources, and the verdict on one target.

A denied rule wins over every allowed one, and what no rule names is denied: an empty list is no
network, never "all". Pure; addresses are judged afterwards, in `addresses`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from runner.egress.names import Host, NameRefused, canonical_host, canonical_port, shown
from runner.egress.targets import Target, split_authority
from runner.errors import SettingsInvalid, UsageError

Scope: TypeAlias = Literal["managed", "command line", "local", "project", "user"]
Decision: TypeAlias = Literal["allow", "deny"]

USER_CONTROLLED: frozenset[Scope] = frozenset({"managed", "command line", "user"})
"""Scopes the repository cannot write; only they open private addresses."""


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a rule was written: file and line, or the command line (no file, line 0)."""

    file: str
    line: int
    scope: Scope

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.scope


COMMAND_LINE = RuleSource("", 0, "command line")


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
    """All rules of one session. Without any, every host is denied."""

    allowed: tuple[Rule, ...] = ()
    denied: tuple[Rule, ...] = ()

    @classmethod
    def from_sources(
        cls,
        allowed: Iterable[tuple[str, RuleSource]],
        denied: Iterable[tuple[str, RuleSource]] = (),
    ) -> Self:
        """Read rules: `host`, `*.host`, each with or without `:port`; IPv6 in brackets.

        `*.host` means the names below `host` at any depth, not `host` itself. In an allowed rule
        the part after `*.` has at least two labels; a denied rule may be `*` alone.

        Raises:
            SettingsInvalid: a rule of a settings file cannot be used; names file and line.
            UsageError: the same for a rule of the command line.
        """
        grants = [_read(text, source, grants=True) for text, source in allowed]
        # The first match decides, so the rules that may open private addresses come first.
        grants.sort(key=lambda rule: not opens_private(rule))
        refusals = [_read(text, source, grants=False) for text, source in denied]
        return cls(tuple(grants), tuple(refusals))

    def decide(self, target: Target) -> Verdict:
        """The verdict on a target; no name is resolved."""
        if rule := self.denying(target):
            text = shown(rule.text)
            return Verdict(
                "deny", rule, f'"{text}" denies it', f'remove the denied domain "{text}"'
            )
        for rule in self.allowed:
            if rule.matches(target):
                return Verdict("allow", rule, f'"{shown(rule.text)}" allows it')
        return Verdict("deny", None, "no rule allows it", self._permitting(target))

    def denying(self, target: Target) -> Rule | None:
        """The first denied rule that speaks about the target."""
        return next((rule for rule in self.denied if rule.matches(target)), None)

    def _permitting(self, target: Target) -> str:
        on_any_port = any(replace(rule, port=None).matches(target) for rule in self.allowed)
        return allow_option(str(target) if on_any_port else target.host.in_authority)


def opens_private(rule: Rule) -> bool:
    """Whether the rule may lead to private addresses: it names one host, and the user wrote it."""
    return rule.names_one_host and rule.source.scope in USER_CONTROLLED


def allow_option(host: str) -> str:
    """The command line that would allow a host, which is canonical: only brackets need quotes."""
    return f"sandbox run --allow-domain {repr(host) if '[' in host else host}"


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
