"""A proxy on a unix socket, with one call admitted."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from runner.egress.calls import Connection, Entry
from runner.egress.limits import EgressLimits
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from tests.integration.egress.world import Client


@dataclass(frozen=True, slots=True)
class Opened:
    """A running proxy and the credentials of its call `call`."""

    proxy: EgressProxy
    path: Path
    credentials: str

    def client(self) -> Client:
        """A new connection with the call's credentials."""
        return Client(self.path, self.credentials)

    def done(self) -> tuple[Connection, ...]:
        """Dismiss the call."""
        return self.proxy.dismiss("call")


Open = Callable[..., Opened]


@pytest.fixture
def open_proxy(tmp_path: Path) -> Iterator[Open]:
    """Opens a proxy: `allowed` hosts (command line), `denied` hosts, limits, names → addresses."""
    with ExitStack() as stack:

        def opening(
            *allowed: str,
            denied: tuple[str, ...] = (),
            limits: EgressLimits | None = None,
            names: dict[str, tuple[str, ...]] | None = None,
            log: Callable[[Entry], None] | None = None,
        ) -> Opened:
            rules = EgressRules.from_sources(
                [(text, COMMAND_LINE) for text in allowed],
                [(text, COMMAND_LINE) for text in denied],
            )
            tmp_path.chmod(0o700)
            path = tmp_path / "egress.sock"
            resolve = None if names is None else lambda name: tuple(map(ip_address, names[name]))
            proxy = EgressProxy(path, rules, limits=limits, resolve=resolve, log=log)
            stack.enter_context(proxy)
            return Opened(proxy, path, proxy.admit("call", "the command"))

        yield opening
