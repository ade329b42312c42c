"""Bounds on bytes are read with their place, and the lowest of all files counts."""

import json

import pytest

from runner.errors import SettingsInvalid
from runner.settings.joining import Said, joined
from runner.settings.schema import network_settings
from runner.settings.values import MostBytes, NetworkSettings, Scope, Sourced


def read(scope: Scope, **bounds: object) -> NetworkSettings:
    text = json.dumps({"sandbox": {"network": bounds}})
    return network_settings(text.encode(), scope, scope)


def test_a_bound_knows_where_it_was_written() -> None:
    text = b'{"sandbox": {"network": {\n"maxBytesPerHost": "10k",\n"maxBytesPerSession": 7}}}'
    found = network_settings(text, "f", "user")
    assert found == NetworkSettings(
        most_bytes_per_host=MostBytes(10_240, Sourced("10240", "f", 2, "user")),
        most_bytes_per_session=MostBytes(7, Sourced("7", "f", 3, "user")),
    )


@pytest.mark.parametrize("key", ["maxBytesPerHost", "maxBytesPerSession"])
@pytest.mark.parametrize("value", [0, None, True, "lots", [], 1.5], ids=repr)
def test_a_bound_that_is_none_is_refused_and_not_taken_for_no_bound(
    key: str, value: object
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read("user", **{key: value})
    expected = 'a number of bytes above 0, or a text such as "10m"'
    assert str(refused.value) == f"user:1: 'sandbox.network.{key}' is to be {expected}"


@pytest.mark.parametrize("lowest", ["managed", "command line", "local", "project", "user"])
def test_the_lowest_counts_whoever_sets_it(lowest: Scope) -> None:
    scopes: tuple[Scope, ...] = ("managed", "command line", "local", "project", "user")
    files = [
        Said(scope, scope, read(scope, maxBytesPerHost=5 if scope == lowest else 50))
        for scope in scopes
    ]
    settings = joined(files)
    assert settings.network == NetworkSettings(
        most_bytes_per_host=MostBytes(5, Sourced("5", lowest, 1, lowest))
    )
    assert settings.notices == ()


def test_without_any_there_is_no_bound() -> None:
    network = joined([Said("user", "user", read("user"))]).network
    assert (network.most_bytes_per_host, network.most_bytes_per_session) == (None, None)
