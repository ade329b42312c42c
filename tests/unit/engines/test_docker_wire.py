"""The exchange with the engine: what is sent, how answers are read, and how it breaks."""

from pathlib import Path

import pytest

from runner.engines.docker_wire import Answer, DockerWire, missing
from runner.errors import CellFailed, EngineError, EngineLost, EngineMissing
from tests.fakes.listener import Listener, http

PATH = "/containers/abc/start"


@pytest.mark.parametrize(
    ("query", "body", "sent"),
    [
        pytest.param(
            None,
            None,
            b"POST /containers/abc/start HTTP/1.0\r\nHost: engine\r\nContent-Length: 0\r\n\r\n",
            id="nothing-but-the-path",
        ),
        pytest.param(
            {"name": "a b&c=d\r\nX: y"},
            None,
            b"POST /containers/abc/start?name=a+b%26c%3Dd%0D%0AX%3A+y HTTP/1.0\r\n"
            b"Host: engine\r\nContent-Length: 0\r\n\r\n",
            id="a-query-is-quoted",
        ),
        pytest.param(
            None,
            {"Cmd": ["é"]},
            b"POST /containers/abc/start HTTP/1.0\r\nHost: engine\r\n"
            b"Content-Type: application/json\r\nContent-Length: 19\r\n\r\n"
            b'{"Cmd": ["\\u00e9"]}',
            id="a-body-is-json",
        ),
    ],
)
def test_a_request_is_sent_whole(
    tmp_path: Path, query: dict[str, str] | None, body: object, sent: bytes
) -> None:
    with Listener(tmp_path / "s", [http("204 No Content")]) as listener:
        DockerWire(listener.path).ask("POST", PATH, query=query, body=body)

    assert listener.requests == [sent]


def test_a_path_cannot_end_the_request_line(tmp_path: Path) -> None:
    with Listener(tmp_path / "s", [http("404 Not Found")]) as listener:
        DockerWire(listener.path).ask("GET", "/images/a b\r\nX: y?z#/json")

    assert listener.requests[0].startswith(b"GET /images/a%20b%0D%0AX%3A%20y%3Fz%23/json HTTP/1.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            http("200 OK", b'{"Id": "x"}', Api_Version="1.41"),
            Answer(200, {"api-version": "1.41", "content-length": "11"}, b'{"Id": "x"}'),
            id="with-a-body",
        ),
        pytest.param(
            http("204 No Content"), Answer(204, {"content-length": "0"}, b""), id="without-a-body"
        ),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nOstype: linux\r\n\r\n" + bytes(range(256)),
            Answer(200, {"ostype": "linux"}, bytes(range(256))),
            id="ended-by-closing",
        ),
        pytest.param(
            http("200 OK", b"x" * 300_000),
            Answer(200, {"content-length": "300000"}, b"x" * 300_000),
            id="in-many-pieces",
        ),
        pytest.param(
            b"HTTP/1.1 500\r\nX-Empty: \r\n\r\n", Answer(500, {"x-empty": ""}, b""), id="terse"
        ),
    ],
)
def test_an_answer_is_read_whole(tmp_path: Path, text: bytes, expected: Answer) -> None:
    with Listener(tmp_path / "s", [text]) as listener:
        assert DockerWire(listener.path).ask("GET", PATH) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"message": "no such image"}', "no such image", id="json"),
        pytest.param(b'{"message": " a\\nb \\n"}', "a b", id="one-line"),
        pytest.param(b"page not found\n", "page not found", id="text"),
        pytest.param(b'{"error": 1}', '{"error": 1}', id="json-without-message"),
        pytest.param(b"[1]", "[1]", id="a-list"),
        pytest.param(b"\xff", "�", id="not-text"),
        pytest.param(b"x" * 500, "x" * 300, id="long"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_what_the_engine_says_went_wrong_is_one_line(body: bytes, expected: str) -> None:
    assert Answer(500, {}, body).message == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [pytest.param(b'{"a": 1}', {"a": 1}, id="json"), pytest.param(b"", None, id="empty")],
)
def test_a_body_is_read_as_json(body: bytes, expected: object) -> None:
    assert Answer(200, {}, body).json() == expected


BROKEN = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"HTTP/1.0 200 OK\r\nConte", id="in-the-head"),
    pytest.param(b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 20_000, id="a-head-without-end"),
]


@pytest.mark.parametrize(
    "text",
    [*BROKEN, pytest.param(http("200 OK", b'{"Id": "abc"}')[:-4], id="in-the-body")],
)
def test_an_answer_cut_short_means_that_the_engine_is_lost(tmp_path: Path, text: bytes) -> None:
    with Listener(tmp_path / "s", [text]) as listener, pytest.raises(EngineLost) as caught:
        DockerWire(listener.path).ask("GET", PATH)

    assert "sandbox gc" in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"220 mail.example ESMTP\r\n\r\n", id="mail"),
        pytest.param(b"\x00\x01\x02\r\n\r\n", id="binary"),
        pytest.param(b"HTTP/1.0\r\n\r\n", id="no-status"),
    ],
)
def test_what_does_not_speak_http_is_no_engine(tmp_path: Path, text: bytes) -> None:
    with Listener(tmp_path / "s", [text]) as listener, pytest.raises(EngineError):
        DockerWire(listener.path).ask("GET", PATH)


def test_silence_means_that_the_engine_is_lost(tmp_path: Path) -> None:
    with Listener(tmp_path / "s", [None]) as listener, pytest.raises(EngineLost):
        DockerWire(listener.path).ask("GET", PATH, timeout_seconds=0.05)


@pytest.mark.parametrize("status", ["101 UPGRADED", "200 OK"])
def test_a_raw_stream_begins_with_what_came_after_the_head(tmp_path: Path, status: str) -> None:
    answer = f"HTTP/1.1 {status}\r\n\r\nearly".encode()
    with Listener(tmp_path / "s", [answer]) as listener:
        connection, first = DockerWire(listener.path).hijack("/attach", query={"stdin": "1"})
        with connection:
            rest = b"".join(iter(lambda: connection.recv(16), b""))

    assert first + rest == b"early"
    assert listener.requests == [
        (
            b"POST /attach?stdin=1 HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\n"
            b"Upgrade: tcp\r\nContent-Length: 0\r\n\r\n"
        )
    ]


def test_a_raw_stream_may_be_refused(tmp_path: Path) -> None:
    answer = http("404 Not Found", b'{"message": "No such container: abc"}')
    with Listener(tmp_path / "s", [answer]) as listener, pytest.raises(CellFailed):
        DockerWire(listener.path).hijack("/attach", query={})


@pytest.mark.parametrize("text", BROKEN)
def test_a_raw_stream_may_break_before_it_begins(tmp_path: Path, text: bytes) -> None:
    with Listener(tmp_path / "s", [text]) as listener, pytest.raises(EngineLost):
        DockerWire(listener.path).hijack("/attach", query={})


@pytest.mark.parametrize(
    ("error", "says", "fix"),
    [
        pytest.param(PermissionError(), "No permission", "usermod -aG docker", id="permission"),
        pytest.param(FileNotFoundError(), "No container engine", "systemctl start", id="no-socket"),
        pytest.param(ConnectionRefusedError(), "No container engine", "DOCKER_HOST", id="refused"),
    ],
)
def test_what_is_missing_is_said_with_its_fix(error: Exception, says: str, fix: str) -> None:
    found = missing("unix:///run/x.sock", error)

    assert isinstance(found, EngineMissing)
    assert str(found).startswith(says)
    assert str(found).endswith("at unix:///run/x.sock.")
    assert fix in found.fix
