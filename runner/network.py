"""What the settings let a session do on the network: the one place where they become rules.

The session opens its proxy with them; `sandbox network check` answers from them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import COMMAND_LINE, EgressRules, Rule, RuleSource
from runner.egress.upstream import Upstream, from_environment, from_setting
from runner.settings.layers import read
from runner.settings.values import MostBytes, NetworkSettings, Settings, Sourced


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
