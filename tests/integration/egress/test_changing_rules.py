"""Rules that change while the proxy is open: whoever decides and whoever dials sees the same."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from runner.egress.current_rules import CurrentRules
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from tests.integration.egress.conftest import Opened
from tests.integration.egress.world import Served, echo


class Settings:
    """The rules of the moment, set by hand."""

    def __init__(self) -> None:
        self.rules = EgressRules()

    def change(self, *allowed: str, denied: tuple[str, ...] = ()) -> None:
        self.rules = EgressRules.from_sources(
            [(text, COMMAND_LINE) for text in allowed], [(text, COMMAND_LINE) for text in denied]
        )


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def opened(tmp_path: Path, settings: Settings) -> Iterator[Opened]:
    tmp_path.chmod(0o700)
    rules = CurrentRules(lambda: settings.rules)
    path = tmp_path / "egress.sock"
    resolve = {"localhost": (ip_address("127.0.0.1"),)}.__getitem__
    with EgressProxy(path, rules, resolve=resolve) as proxy:
        yield Opened(proxy, path, proxy.admit("call"))


def answer(opened: Opened, port: int) -> bytes:
    with opened.client() as client:
        return client.tunnel(f"localhost:{port}")


def test_a_change_counts_for_the_next_connection(opened: Opened, settings: Settings) -> None:
    with Served(echo) as server:
        assert b" 403 " in answer(opened, server.port)
        settings.change("localhost")
        assert b" 200 " in answer(opened, server.port)
        settings.change("localhost", denied=("localhost",))
        assert b" 403 " in answer(opened, server.port)


def test_an_address_that_is_denied_meanwhile_is_not_dialled(
    opened: Opened, settings: Settings
) -> None:
    with Served(echo) as server:
        settings.change("localhost")
        assert b" 200 " in answer(opened, server.port)
        settings.change("localhost", denied=("127.0.0.1",))
        assert b" 403 " in answer(opened, server.port)
        assert server.clients == 1
