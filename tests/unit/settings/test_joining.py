"""Of lists everything counts, of single values the highest; a repository only restricts."""

import pytest

from runner.settings.joining import Said, joined
from runner.settings.values import NetworkSettings, Scope, Sourced


def said(
    scope: Scope,
    *,
    allowed: str = "",
    denied: str = "",
    asked: str = "",
    strict: bool | None = None,
    managed_only: bool = False,
    upstream: str | None = None,
) -> Said:
    def sourced(text: str | None) -> tuple[Sourced, ...]:
        return (Sourced(text, scope, 1, scope),) if text else ()

    proxy = None if upstream is None else Sourced(upstream, scope, 1, scope)
    network = NetworkSettings(
        sourced(allowed), sourced(denied), sourced(asked), strict, managed_only, proxy
    )
    return Said(scope, scope, network)


SCOPES: tuple[Scope, ...] = ("managed", "command line", "local", "project", "user")


def test_every_file_may_restrict() -> None:
    network = joined([said(scope, denied=scope, asked=scope) for scope in SCOPES]).network
    assert [each.text for each in network.denied_domains] == list(SCOPES)
    assert [each.text for each in network.asked_domains] == list(SCOPES)


@pytest.mark.parametrize(
    ("values", "strict"),
    [
        ({}, None),
        ({"user": True}, True),
        ({"user": False}, False),
        ({"managed": False, "user": True}, False),
        ({"managed": True, "user": False}, True),
        ({"command line": True, "user": False}, True),
        ({"managed": True, "command line": False}, True),
        ({"project": False, "user": True}, True),
        ({"local": False, "project": False}, None),
        ({"project": True, "user": False}, True),
        ({"managed": False, "local": True}, True),
        ({"local": False, "project": True}, True),
    ],
    ids=str,
)
def test_a_list_is_strict_if_the_highest_file_says_so_or_a_repository(
    values: dict[Scope, bool], strict: bool | None
) -> None:
    files = [said(scope, strict=values.get(scope)) for scope in SCOPES]
    assert joined(files).network.strict_allowlist is strict


def test_of_managed_files_the_later_one_counts() -> None:
    files = [
        said("managed", strict=True, upstream="a"),
        said("managed", strict=False, upstream="b"),
    ]
    network = joined(files).network
    assert network.strict_allowlist is False
    assert network.upstream_proxy is not None
    assert network.upstream_proxy.text == "b"


def test_a_managed_file_can_keep_everybody_else_from_allowing() -> None:
    files = [said(scope, allowed=scope) for scope in SCOPES]
    control = joined(files)
    assert [each.text for each in control.network.allowed_domains] == [
        "managed",
        "command line",
        "user",
    ]
    locked = joined([said("managed", managed_only=True), *files, said("managed")])
    assert [each.text for each in locked.network.allowed_domains] == ["managed"]
    assert locked.network.managed_domains_only
    assert [notice.partition(":")[0] for notice in locked.notices] == [
        f"1 allowed domain in {scope} is not in effect" for scope in SCOPES[1:]
    ]
    assert not any("--allow-domain" in notice for notice in locked.notices)


@pytest.mark.parametrize("scope", SCOPES[1:])
def test_nobody_else_can_do_so_and_learns_that(scope: Scope) -> None:
    found = joined([said("managed"), said(scope, managed_only=True)])
    assert not found.network.managed_domains_only
    assert found.notices == (
        f"allowManagedDomainsOnly in {scope} is not in effect: only managed files set it",
    )


@pytest.mark.parametrize(
    ("values", "upstream", "notices"),
    [
        ({}, None, 0),
        ({"user": "u"}, "u", 0),
        ({"user": ""}, "", 0),
        ({"managed": "m", "user": "u"}, "m", 0),
        ({"managed": "", "user": "u"}, "", 0),
        ({"command line": "c", "local": "l", "project": "p"}, None, 3),
        ({"project": "p", "user": "u"}, "u", 1),
    ],
    ids=str,
)
def test_only_the_user_and_managed_files_say_which_proxy_to_go_through(
    values: dict[Scope, str], upstream: str | None, notices: int
) -> None:
    found = joined([said(scope, upstream=values.get(scope)) for scope in SCOPES])
    proxy = found.network.upstream_proxy
    assert (proxy.text if proxy else None) == upstream
    assert len(found.notices) == notices
