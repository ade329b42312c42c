"""What the settings say, once all files are read: plain values that remember where they stand."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Scope: TypeAlias = Literal["managed", "command line", "local", "project", "user"]


@dataclass(frozen=True, slots=True)
class Sourced:
    """One text of a settings file, as written, with the file and the line (from 1) it is in."""

    text: str
    file: str
    line: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class MostBytes:
    """A bound on bytes, and the text it was written as."""

    count: int
    written: Sourced


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Hosts by rule text; what the rules mean is for the egress proxy to say.

    `WebFetch(domain:HOST)` among the permissions is the same as HOST in the list of that kind.
    """

    allowed_domains: tuple[Sourced, ...] = ()
    denied_domains: tuple[Sourced, ...] = ()
    asked_domains: tuple[Sourced, ...] = ()
    strict_allowlist: bool | None = None
    """Deny what no rule names, instead of asking. `None`: not said, and so no."""

    managed_domains_only: bool = False
    """Only managed files allow hosts, the command line does not either, and nothing is asked."""

    upstream_proxy: Sourced | None = None
    """The proxy to go through, "" for none. `None`: not said, the environment may."""

    most_bytes_per_host: MostBytes | None = None
    most_bytes_per_session: MostBytes | None = None
    """Moved either way, by all calls together. `None`: as many as they like."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in effect, highest scope first. Without any file: nothing is allowed.

    `notices` are sentences for the user about what was read and is not in effect.
    """

    network: NetworkSettings = field(default_factory=NetworkSettings)
    notices: tuple[str, ...] = ()
