"""One look-up serves every connection that wants the name at once, and no longer than it may."""

import asyncio
import socket
import threading
from ipaddress import ip_address

import pytest

from runner.egress import resolving
from runner.egress.names import Address
from runner.egress.resolving import Resolver

ADDRESS = (ip_address("192.0.2.1"),)


class Names:
    """A system resolver that counts, and fails as often as it is told to."""

    def __init__(self, *failures: OSError) -> None:
        self.asked: list[str] = []
        self._failures = list(failures)
        self._lock = threading.Lock()

    def __call__(self, name: str) -> tuple[Address, ...]:
        with self._lock:
            self.asked.append(name)
            if self._failures:
                raise self._failures.pop(0)
        return ADDRESS


AGAIN = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
NO_NAME = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def _some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_connections_that_want_a_name_at_once_share_one_look_up() -> None:
    names = Names()

    async def go() -> list[tuple[Address, ...]]:
        resolver = Resolver(names)
        return await asyncio.gather(*(resolver.addresses("a.example") for _ in range(100)))

    assert asyncio.run(go()) == [ADDRESS] * 100
    assert names.asked == ["a.example"]


def test_each_name_is_looked_up_by_itself() -> None:
    names = Names()

    async def go() -> None:
        resolver = Resolver(names)
        await asyncio.gather(*map(resolver.addresses, ("a.example", "b.example")))

    asyncio.run(go())
    assert sorted(names.asked) == ["a.example", "b.example"]


def test_an_answer_is_forgotten_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "REUSE_SECONDS", 0.0)
    names = Names()

    async def go() -> None:
        resolver = Resolver(names)
        await resolver.addresses("a.example")
        await _some_turns()
        await resolver.addresses("a.example")

    asyncio.run(go())
    assert names.asked == ["a.example"] * 2


def test_one_that_gives_up_does_not_take_the_answer_from_the_others() -> None:
    async def go() -> tuple[Address, ...]:
        resolver = Resolver(Names())
        impatient = asyncio.create_task(resolver.addresses("a.example"))
        patient = asyncio.create_task(resolver.addresses("a.example"))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(go()) == ADDRESS


def test_a_passing_failure_is_tried_again() -> None:
    names = Names(AGAIN, AGAIN)
    assert asyncio.run(Resolver(names).addresses("a.example")) == ADDRESS
    assert len(names.asked) == 3


@pytest.mark.parametrize(
    "failures",
    [
        pytest.param([NO_NAME], id="a name that does not exist"),
        pytest.param([AGAIN] * 3, id="a failure that does not pass"),
    ],
)
def test_a_failure_is_told_and_not_remembered(failures: list[OSError]) -> None:
    async def go() -> tuple[Address, ...]:
        resolver = Resolver(Names(*failures))
        with pytest.raises(OSError, match="the name cannot be resolved"):
            await resolver.addresses("a.example")
        await _some_turns()
        return await resolver.addresses("a.example")

    assert asyncio.run(go()) == ADDRESS
