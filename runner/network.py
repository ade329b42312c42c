"""What the settings let a session do on the network: the one place where they become rules.

The session opens its proxy with them; `sandbox network check` answers from them.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import COMMAND_LINE, EgressRules, Rule, RuleSource
from runner.egress.upstream import Upstream, from_environment, from_setting
from runner.errors import SettingsInvalid
from runner.settings.layers import read
from runner.settings.values import MostBytes, NetworkSettings, Settings, Sourced
from runner.settings.watching import WatchedSettings

LOOK_SECONDS = 1.0
"""How often, at most, it is looked whether settings changed."""


def watched_settings(
    workspace: Path, settings_file: Path | None, *, environment: Mapping[str, str], home: Path
) -> WatchedSettings:
    """As `read_settings`, and follows the user's and the managed files from then on.

    Raises:
        SettingsInvalid: a settings file cannot be used.
    """
    return WatchedSettings(workspace, settings_file, config=config_home(environment, home))


def read_settings(
    workspace: Path, settings_file: Path | None, *, environment: Mapping[str, str], home: Path
) -> Settings:
    """The settings of a session in `workspace`, which is a real path.

    Raises:
        SettingsInvalid: a settings file cannot be used.
    """
    config = config_home(environment, home)
    return read(workspace, settings_file, home=home, config_home=config)


def config_home(environment: Mapping[str, str], home: Path) -> Path:
    """The folder of the user's own settings (XDG Base Directory specification)."""
    text = environment.get("XDG_CONFIG_HOME", "")
    # The specification has relative ones ignored ("Environment variables").
    return Path(text) if text.startswith("/") else home / ".config"


def rules(network: NetworkSettings, allowed_domains: Iterable[str] = ()) -> EgressRules:
    """The rules of the settings, and of `allowed_domains` on the command line.

    Raises:
        SettingsInvalid: a rule of a settings file cannot be used.
        UsageError: one of the command line cannot.
    """
    named = [(text, COMMAND_LINE) for text in allowed_domains]
    return EgressRules.from_sources(
        [*named, *map(_sourced, network.allowed_domains)],
        map(_sourced, network.denied_domains),
        map(_sourced, network.asked_domains),
        strict=network.strict_allowlist is True,
        managed_only=network.managed_domains_only,
    )


class RulesInEffect:
    """The rules of the moment, as the files that are followed say them. One thread asks.

    While one of them cannot be used nothing changes, and `notice` is told so, once. Bounds and the
    proxy to go through stay those the session began with.
    """

    def __init__(
        self,
        watched: WatchedSettings,
        allowed_domains: Sequence[str],
        notice: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watched = watched
        self._allowed_domains = allowed_domains
        self._notice = notice
        self._clock = clock
        self._rules = rules(watched.settings.network, allowed_domains)
        self._looked = clock()
        self._usable = True

    def __call__(self) -> EgressRules:
        """The rules now; looks at the files at most once in `LOOK_SECONDS`."""
        now = self._clock()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            if self._watched.changed():
                self._read_again()
        return self._rules

    def _read_again(self) -> None:
        try:
            self._rules = rules(self._watched.read_again().network, self._allowed_domains)
            self._usable = True
        except SettingsInvalid as error:
            if self._usable:
                self._notice(f"settings changed and are not in effect: {error}")
            self._usable = False


def limits(network: NetworkSettings) -> EgressLimits:
    """The bounds of the settings, with our own for the rest."""
    return EgressLimits(
        bytes_per_host=_bound("maxBytesPerHost", network.most_bytes_per_host),
        bytes_per_session=_bound("maxBytesPerSession", network.most_bytes_per_session),
    )


def upstream(network: NetworkSettings, environment: Mapping[str, str]) -> Upstream | None:
    """The proxy to go through: the one of the settings, or else of the environment.

    Raises:
        SettingsInvalid: the one of the settings cannot be used.
        UsageError: the one of the environment cannot.
    """
    if network.upstream_proxy is None:
        return from_environment(environment)
    text, source = _sourced(network.upstream_proxy)
    return from_setting(text, str(source), environment)


def _bound(key: str, most: MostBytes | None) -> ByteBound | None:
    if most is None:
        return None
    _, source = _sourced(most.written)
    text = f"sandbox.network.{key}: {most.written.text}"
    return ByteBound(most.count, Rule(text, source, None))


def _sourced(found: Sourced) -> tuple[str, RuleSource]:
    return found.text, RuleSource(found.file, found.line, found.scope)
