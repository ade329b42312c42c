"""What is not allowed is answered, noted, and never reaches a server."""

import pytest

from runner.egress.calls import Connection
from tests.integration.egress.conftest import Open
from tests.integration.egress.world import Client, Recorded, Served, basic, echo

EXAMPLE_REFUSED = (
    b"sandbox: example.com:443 is not allowed. "
    b"To allow it: sandbox run --allow-domain example.com\n"
)


def test_a_tunnel_to_an_unknown_host_is_refused_with_the_remedy(open_proxy: Open) -> None:
    opened = open_proxy()
    with opened.client() as client:
        head = client.tunnel("EXAMPLE.com.:443")
        assert head.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        assert client.rest() == EXAMPLE_REFUSED
    assert opened.done() == (
        Connection(
            "example.com",
            443,
            "deny",
            "",
            "no rule allows it",
            "sandbox run --allow-domain example.com",
        ),
    )


def test_a_plain_request_to_an_unknown_host_is_refused_with_the_remedy(open_proxy: Open) -> None:
    opened = open_proxy()
    with opened.client() as client:
        answer = client.request("GET http://example.com/", "example.com").rest()
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"example.com:80 is not allowed" in answer
    assert b"Connection: close" in answer


def test_a_denied_rule_wins_and_is_noted_with_its_source(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1", denied=(server.authority,))
        with opened.client() as client:
            assert client.tunnel(server.authority).startswith(b"HTTP/1.1 403 ")
        (done,) = opened.done()
        assert server.clients == 0
    assert (done.verdict, done.rule) == ("deny", server.authority)
    assert done.reason == f'"{server.authority}" denies it (command line)'


def test_repeated_refusals_are_counted(open_proxy: Open) -> None:
    opened = open_proxy()
    for host in ("a.example", "b.example", "a.example"):
        with opened.client() as client:
            client.tunnel(f"{host}:443")
            client.rest()
    assert [(done.host, done.count) for done in opened.done()] == [
        ("a.example", 2),
        ("b.example", 1),
    ]


def test_no_byte_that_follows_a_refused_request_reaches_a_server(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        with opened.client() as client:
            allowed = f"GET http://{server.authority}/ HTTP/1.1\r\nHost: {server.authority}\r\n"
            smuggled = allowed.encode() + basic(opened.credentials) + b"\r\n"
            client.request("CONNECT example.com:443", "example.com:443", body=smuggled)
            answer = client.rest()
        assert answer.count(b"HTTP/1.1") == 1
        assert server.clients == 0
        with opened.client() as client:  # the same bytes, on their own, do reach it
            client.socket.sendall(smuggled)
            assert client.until(b"hello").startswith(b"HTTP/1.1 200 ")
        assert server.clients == 1


def credentials_of(opened_credentials: str, kind: str) -> str | None:
    call_id, _, token = opened_credentials.partition(":")
    return {
        "right": opened_credentials,
        "none": None,
        "other token": f"{call_id}:{'x' * len(token)}",
        "other call": f"other:{token}",
        "no token": f"{call_id}:",
        "empty": ":",
    }[kind]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("right", b"200"),
        ("none", b"407"),
        ("other token", b"407"),
        ("other call", b"407"),
        ("no token", b"407"),
        ("empty", b"407"),
    ],
)
def test_only_the_call_itself_is_let_in(open_proxy: Open, kind: str, status: bytes) -> None:
    with Served(echo) as server:
        opened = open_proxy("127.0.0.1")
        with Client(opened.path, credentials_of(opened.credentials, kind)) as client:
            head = client.tunnel(server.authority)
            if status == b"200":
                client.socket.sendall(b"x")
                assert client.exactly(1) == b"x"
        assert head.split()[1] == status
        assert (b'Proxy-Authenticate: Basic realm="sandbox"' in head) is (status == b"407")
        assert server.clients == (status == b"200")


def test_without_credentials_nothing_is_said_about_the_target(open_proxy: Open) -> None:
    opened = open_proxy("allowed.example")
    answers = set()
    for host in ("allowed.example", "refused.example", "127.1"):
        with Client(opened.path, None) as client:
            answers.add(client.tunnel(f"{host}:443") + client.rest())
    assert len(answers) == 1
    assert opened.done() == ()


def test_each_call_has_its_own_account(open_proxy: Open) -> None:
    opened = open_proxy()
    other = opened.proxy.admit("other")
    with Client(opened.path, other) as client:
        client.tunnel("a.example:443")
    assert opened.done() == ()
    assert [done.host for done in opened.proxy.dismiss("other")] == ["a.example"]


def test_a_connection_belongs_to_one_call(open_proxy: Open) -> None:
    origin = Recorded()
    with Served(origin) as server:
        opened = open_proxy("127.0.0.1")
        other = opened.proxy.admit("other")
        with opened.client() as client:
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.until(b"hello").endswith(b"hello")
            client.proves = basic(other)
            client.request(f"GET http://{server.authority}/", server.authority)
            assert client.rest().startswith(b"HTTP/1.1 407 ")
    assert len(origin.requests) == 1


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("127.1:443", "127.1:443"),
        ("user@example.com:443", "user@example.com:443"),
        ("example.com", "example.com"),
        ("https://example.com/", "https://example.com/"),
        ("ex%61mple.com:443", "ex%61mple.com:443"),
    ],
)
def test_a_target_that_is_no_plain_place_is_refused_and_noted(
    open_proxy: Open, target: str, host: str
) -> None:
    opened = open_proxy("example.com", "127.0.0.1")
    with opened.client() as client:
        assert client.tunnel(target).startswith(b"HTTP/1.1 400 ")
    (done,) = opened.done()
    assert (done.host, done.port, done.verdict) == (host, 0, "deny")


def test_a_server_that_does_not_listen_is_a_bad_gateway_not_a_refusal(open_proxy: Open) -> None:
    with Served(echo) as server:
        closed = server.authority
    opened = open_proxy("127.0.0.1")
    with opened.client() as client:
        assert client.tunnel(closed).startswith(b"HTTP/1.1 502 ")
        assert b"is allowed, but could not be reached: connection refused" in client.rest()
    assert [done.verdict for done in opened.done()] == ["allow"]


def test_a_name_that_does_not_exist_is_a_bad_gateway(open_proxy: Open) -> None:
    opened = open_proxy("no.example", names={"no.example": ()})
    with opened.client() as client:
        assert client.tunnel("no.example:443").startswith(b"HTTP/1.1 502 ")
        assert b"has no address" in client.rest()


def test_a_name_that_is_not_allowed_is_never_looked_up(open_proxy: Open) -> None:
    with open_proxy("a.example", names={}).client() as client:
        assert client.tunnel("secret-data.evil.example:443").startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("rule", "name", "addresses"),
    [
        ("evil.example", "evil.example", ("127.0.0.1",)),
        ("*.evil.example", "x.evil.example", ("127.0.0.1",)),
        ("evil.example", "evil.example", ("93.184.215.14", "127.0.0.1")),
        ("evil.example", "evil.example", ("127.0.0.1", "93.184.215.14")),
        ("evil.example", "evil.example", ("::ffff:127.0.0.1",)),
        ("evil.example", "evil.example", ("64:ff9b::7f00:1",)),
        ("evil.example", "evil.example", ("::1",)),
        ("evil.example", "evil.example", ("0.0.0.0",)),
        ("evil.example", "evil.example", ("169.254.169.254",)),
        ("*.evil.example", "x.evil.example", ("10.0.0.1",)),
    ],
)
def test_a_name_that_leads_to_where_its_rule_does_not_reach_is_dialled_nowhere(
    open_proxy: Open, rule: str, name: str, addresses: tuple[str, ...]
) -> None:
    with Served(echo) as server:
        opened = open_proxy(rule, names={name: addresses})
        with opened.client() as client:
            assert client.tunnel(f"{name}:{server.port}").startswith(b"HTTP/1.1 403 ")
            assert b"which needs a rule of its own" in client.rest()
        assert server.clients == 0
        assert [done.verdict for done in opened.done()] == ["deny"]


def test_localhost_named_by_the_user_reaches_the_loopback_address(open_proxy: Open) -> None:
    with Served(echo) as server:
        opened = open_proxy("localhost", names={"localhost": ("127.0.0.1",)})
        with opened.client() as client:
            assert client.tunnel(f"localhost:{server.port}").startswith(b"HTTP/1.1 200 ")


def test_a_denied_address_is_denied_under_every_name(open_proxy: Open) -> None:
    with Served(echo) as server:
        names = {"localhost": ("127.0.0.1",)}
        opened = open_proxy("localhost", denied=("127.0.0.1",), names=names)
        with opened.client() as client:
            assert client.tunnel(f"localhost:{server.port}").startswith(b"HTTP/1.1 403 ")
        assert server.clients == 0


def test_a_name_is_resolved_once_and_what_was_judged_is_dialled(open_proxy: Open) -> None:
    asked: list[str] = []

    class Rebinding(dict[str, tuple[str, ...]]):
        def __getitem__(self, name: str) -> tuple[str, ...]:
            asked.append(name)
            return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    with Served(echo, "127.0.0.1") as server:
        opened = open_proxy("localhost", names=Rebinding())
        with opened.client() as client:
            assert client.tunnel(f"localhost:{server.port}").startswith(b"HTTP/1.1 200 ")
    assert asked == ["localhost"]
