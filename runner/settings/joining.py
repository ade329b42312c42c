"""What several files say together, and which of it is not in effect.

    managed > --settings FILE > .sandbox/settings.local.json > .sandbox/settings.json > user

Lists are joined, highest layer first; of single values the highest layer's counts, of bounds on
bytes the lowest. What comes with a repository may restrict, not grant: until somebody trusted it,
the rest is passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.settings.values import MostBytes, NetworkSettings, Scope, Settings, Sourced

REPOSITORY: frozenset[Scope] = frozenset({"local", "project"})
_WITH_UPSTREAM: frozenset[Scope] = frozenset({"managed", "user"})


@dataclass(frozen=True, slots=True)
class Said:
    """What one file says; `name` is how it is shown."""

    scope: Scope
    name: str
    network: NetworkSettings


def joined(files: Sequence[Said]) -> Settings:
    """What the files say together; highest first, of managed files the later ones count more."""
    managed_only = any(
        each.network.managed_domains_only for each in files if each.scope == "managed"
    )
    network = NetworkSettings(
        tuple(text for each in files for text in _granted(each, managed_only=managed_only)),
        tuple(text for each in files for text in each.network.denied_domains),
        tuple(text for each in files for text in each.network.asked_domains),
        _strict(files),
        managed_only,
        _upstream(files),
        _lowest(each.network.most_bytes_per_host for each in files),
        _lowest(each.network.most_bytes_per_session for each in files),
    )
    notices = (notice for each in files for notice in _notices(each, managed_only=managed_only))
    return Settings(network, tuple(notices))


def _granted(said: Said, *, managed_only: bool) -> tuple[Sourced, ...]:
    withheld = said.scope in REPOSITORY or (managed_only and said.scope != "managed")
    return () if withheld else said.network.allowed_domains


def _strict(files: Sequence[Said]) -> bool | None:
    if any(each.network.strict_allowlist for each in files if each.scope in REPOSITORY):
        return True
    said = (each.network.strict_allowlist for each in _by_weight(files))
    return next((strict for strict in said if strict is not None), None)


def _upstream(files: Sequence[Said]) -> Sourced | None:
    counting = (each for each in _by_weight(files) if each.scope in _WITH_UPSTREAM)
    return next(
        (each.network.upstream_proxy for each in counting if each.network.upstream_proxy), None
    )


def _lowest(bounds: Iterable[MostBytes | None]) -> MostBytes | None:
    """A bound only restricts, so whoever sets the lowest is heard, a repository too."""
    there = (bound for bound in bounds if bound is not None)
    return min(there, key=lambda bound: bound.count, default=None)


def _by_weight(files: Sequence[Said]) -> Iterator[Said]:
    yield from reversed([each for each in files if each.scope == "managed"])
    yield from (each for each in files if each.scope not in REPOSITORY | {"managed"})


def _notices(said: Said, *, managed_only: bool) -> Iterator[str]:
    if count := len(said.network.allowed_domains) - len(_granted(said, managed_only=managed_only)):
        domains, are = ("domain", "is") if count == 1 else ("domains", "are")
        reason = _ONLY_MANAGED if managed_only else _ONLY_RESTRICTS
        yield f"{count} allowed {domains} in {said.name} {are} not in effect: {reason}"
    if said.network.managed_domains_only and said.scope != "managed":
        yield f"allowManagedDomainsOnly in {said.name} is not in effect: only managed files set it"
    if said.network.upstream_proxy and said.scope not in _WITH_UPSTREAM:
        yield f"upstreamProxy in {said.name} is not in effect: only managed and user files set it"


_ONLY_MANAGED = "on this machine only managed settings allow hosts"
_ONLY_RESTRICTS = (
    "a repository cannot widen its own network access; pass --allow-domain, or keep such rules in "
    "your own settings"
)
