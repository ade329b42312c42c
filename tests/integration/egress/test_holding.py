"""Connections that wait for the user: held, let go, given up, and never more than there is room."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from runner.approval.desk import Desk
from runner.approval.question import Answer, Question
from runner.egress.limits import EgressLimits
from runner.egress.proxy import EgressProxy
from runner.egress.rules import COMMAND_LINE, EgressRules
from tests.integration.egress.world import TIMEOUT_SECONDS, Client, Recorded, Served, echo

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Held:
    """A proxy that asks, its desk, and clients of one call."""

    def __init__(self, proxy: EgressProxy, desk: Desk, path: Path) -> None:
        self.proxy = proxy
        self.desk = desk
        self.path = path
        self.credentials = proxy.admit("call", "curl 'http://x/'")
        self._changed = threading.Condition()
        desk.watch(self._tell)

    def client(self) -> Client:
        """A new connection of the call."""
        return Client(self.path, self.credentials)

    def waits(self, condition: Callable[[tuple[Question, ...]], bool]) -> tuple[Question, ...]:
        """The questions, once they are as they have to become."""
        for _ in range(int(TIMEOUT_SECONDS / 0.01)):
            if condition(self.desk.questions()):
                return self.desk.questions()
            with self._changed:
                self._changed.wait(0.01)
        raise AssertionError(self.desk.questions())

    def answer(self, answer: Answer) -> None:
        """Answer the only question, once it stands."""
        [question] = self.waits(lambda found: len(found) == 1)
        assert self.desk.answer(question.id, answer)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[..., Held]]:
    """Opens such a proxy: `denied` hosts, limits, names → addresses."""
    with ExitStack() as stack:

        def holding(
            denied: str = "",
            limits: EgressLimits | None = None,
            names: dict[str, tuple[str, ...]] | None = None,
        ) -> Held:
            rules = EgressRules.from_sources([], [(denied, COMMAND_LINE)] if denied else [])
            tmp_path.chmod(0o700)
            path = tmp_path / "egress.sock"
            desk = Desk("s", lambda *_: None)
            resolve = None if names is None else lambda name: tuple(map(ip_address, names[name]))
            proxy = stack.enter_context(
                EgressProxy(path, rules, limits=limits, resolve=resolve, desk=desk)
            )
            return Held(proxy, desk, path)

        yield holding


def knock(client: Client, authority: str) -> None:
    """Ask for a tunnel, and do not wait for the answer."""
    client.request(f"CONNECT {authority}", authority)


def status(client: Client) -> int:
    """The status of the next answer; its head is read."""
    return int(client.until(b"\r\n\r\n").split()[1])


def test_a_yes_lets_a_held_request_go_on_and_the_connection_is_kept(
    hold: Callable[..., Held],
) -> None:
    held = hold()
    with Served(Recorded(HELLO)) as server, held.client() as client:
        client.request(f"GET http://{server.authority}/a", server.authority)
        held.waits(lambda found: len(found) == 1)
        assert server.clients == 0
        held.answer(Answer.ONCE)
        assert (status(client), client.exactly(5)) == (200, b"hello")

        # On the same connection, and not asked about again.
        client.request(f"GET http://{server.authority}/b", server.authority)
        assert (status(client), client.exactly(5)) == (200, b"hello")


def test_a_yes_lets_a_held_tunnel_go_on(hold: Callable[..., Held]) -> None:
    held = hold()
    with Served(echo) as server, held.client() as client:
        knock(client, server.authority)
        held.answer(Answer.SESSION)
        assert status(client) == 200
        client.socket.sendall(b"there and back")
        assert client.exactly(14) == b"there and back"


def test_a_no_dials_nothing(hold: Callable[..., Held]) -> None:
    held = hold()
    with Served(echo) as server, held.client() as client:
        knock(client, server.authority)
        held.answer(Answer.DENY)
        assert (status(client), server.clients) == (403, 0)


def test_the_question_tells_what_is_seen_of_the_request(hold: Callable[..., Held]) -> None:
    held = hold()
    with held.client() as client:
        length = b"Content-Length: 1000\r\n"
        client.request("POST http://127.0.0.1:9/up?a=%1b", "127.0.0.1:9", length, body=b"x")
        [question] = held.waits(lambda found: len(found) == 1)

    wish = question.wish
    assert (wish.target, wish.method, wish.path) == ("127.0.0.1:9", "POST", "/up?a=%1b")
    assert (wish.command, wish.waiting_bytes) == ("curl 'http://x/'", 1000)


def test_a_denied_host_is_not_asked_about(hold: Callable[..., Held]) -> None:
    held = hold(denied="127.0.0.1")
    with held.client() as client:
        knock(client, "127.0.0.1:9")
        assert status(client) == 403
    assert held.desk.questions() == ()


def test_nobody_s_answer_is_no(hold: Callable[..., Held]) -> None:
    held = hold(limits=EgressLimits(approval_seconds=0.2))
    with Served(echo) as server, held.client() as client:
        knock(client, server.authority)
        assert (status(client), server.clients) == (403, 0)
    assert held.desk.questions() == ()
    assert "nobody answered" in held.proxy.dismiss("call")[0].reason


def test_a_yes_does_not_reach_further_than_the_name_says(hold: Callable[..., Held]) -> None:
    """Who answers sees a name; where it leads is judged all the same."""
    held = hold(names={"inside.example": ("127.0.0.1",)})
    with Served(echo) as server, held.client() as client:
        knock(client, f"inside.example:{server.port}")
        held.answer(Answer.SESSION)
        assert (status(client), server.clients) == (403, 0)

        # The twin: the address itself was asked about.
        with held.client() as other:
            knock(other, server.authority)
            held.answer(Answer.SESSION)
            assert status(other) == 200


def test_a_client_that_hangs_up_takes_its_question_along(hold: Callable[..., Held]) -> None:
    held = hold()
    with held.client() as client:
        knock(client, "127.0.0.1:9")
        held.waits(lambda found: len(found) == 1)
    held.waits(lambda found: found == ())


def test_the_end_of_the_call_takes_its_questions_along(hold: Callable[..., Held]) -> None:
    held = hold()
    with held.client() as client:
        knock(client, "127.0.0.1:9")
        held.waits(lambda found: len(found) == 1)
        held.proxy.dismiss("call")
        held.waits(lambda found: found == ())
        assert client.rest() == b""


def test_two_hundred_are_held_one_more_is_denied_and_the_rest_goes_on(
    hold: Callable[..., Held],
) -> None:
    held = hold()
    with ExitStack() as stack, Served(echo) as server:
        clients = [stack.enter_context(held.client()) for _ in range(200)]
        for client in clients:
            knock(client, server.authority)
        held.waits(lambda found: [q.connections for q in found] == [200])
        with held.client() as one_more:
            knock(one_more, "127.0.0.1:9")
            assert status(one_more) == 403

        held.answer(Answer.SESSION)

        assert [status(client) for client in clients] == [200] * 200
        for client in clients:
            client.socket.close()
    assert held.desk.questions() == ()
