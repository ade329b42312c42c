"""What the settings say becomes rules and bounds, each with its place."""

from pathlib import Path

import pytest

from runner import network
from runner.egress.limits import ByteBound, EgressLimits
from runner.egress.rules import COMMAND_LINE, Rule, RuleSource
from runner.egress.targets import parse_authority
from runner.errors import SettingsInvalid
from runner.settings.values import MostBytes, NetworkSettings, Sourced


def sourced(text: str) -> Sourced:
    return Sourced(text, "s.json", 3, "user")


@pytest.mark.parametrize(
    ("variable", "folder"),
    [("/etc/xdg", "/etc/xdg"), ("", "/home/u/.config"), ("relative", "/home/u/.config")],
)
def test_the_user_s_settings_are_where_configuration_belongs(variable: str, folder: str) -> None:
    found = network.config_home({"XDG_CONFIG_HOME": variable}, Path("/home/u"))
    assert found == Path(folder)


def test_settings_are_read_as_a_session_reads_them(tmp_path: Path) -> None:
    user = tmp_path / "sandbox"
    user.mkdir()
    (user / "settings.json").write_text(
        '{"sandbox": {"network": {"allowedDomains": ["a.example"]}}}'
    )
    found = network.read_settings(
        tmp_path, None, environment={"XDG_CONFIG_HOME": str(tmp_path)}, home=tmp_path / "absent"
    )
    assert [each.text for each in found.network.allowed_domains] == ["a.example"]


def test_every_list_and_switch_becomes_part_of_the_rules() -> None:
    settings = NetworkSettings(
        (sourced("a.example"),), (sourced("b.example"),), (sourced("c.example"),), True, True
    )
    rules = network.rules(settings, ["d.example"])
    source = RuleSource("s.json", 3, "user")
    of_file = [Rule(f"{name}.example", source, parse_authority(f"{name}.example", 1).host)
               for name in "abc"]  # fmt: skip
    of_command_line = Rule("d.example", COMMAND_LINE, parse_authority("d.example", 1).host)
    assert rules.allowed == (of_command_line, of_file[0])
    assert (rules.denied, rules.asked) == ((of_file[1],), (of_file[2],))
    assert (rules.strict, rules.managed_only) == (True, True)


def test_without_settings_nothing_is_allowed_and_no_bound_is_set() -> None:
    rules = network.rules(NetworkSettings())
    assert rules.decide(parse_authority("a.example:443")).decision == "ask"
    assert network.limits(NetworkSettings()) == EgressLimits()


def test_the_proxy_above_is_the_setting_s_or_else_the_environment_s() -> None:
    environment = {"https_proxy": "http://a.example"}

    def found(text: str | None, variables: dict[str, str]) -> str:
        proxy = sourced(text) if text is not None else None
        upstream = network.upstream(NetworkSettings(upstream_proxy=proxy), variables)
        return str(upstream.proxy) if upstream else ""

    assert found(None, {}) == ""
    assert found(None, environment) == "a.example:80"
    assert found("http://b.example", environment) == "b.example:80"
    assert found("", environment) == ""
    with pytest.raises(SettingsInvalid, match=r"^s\.json:3: "):
        found("socks5://b.example", environment)


def test_bounds_name_their_setting() -> None:
    bound = MostBytes(10, sourced("10"))
    source = RuleSource("s.json", 3, "user")
    found = network.limits(NetworkSettings(most_bytes_per_host=bound, most_bytes_per_session=bound))
    assert (found.bytes_per_host, found.bytes_per_session) == tuple(
        ByteBound(10, Rule(f"sandbox.network.{key}: 10", source, None))
        for key in ("maxBytesPerHost", "maxBytesPerSession")
    )
