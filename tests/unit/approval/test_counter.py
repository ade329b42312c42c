"""Another terminal: who is heard, and what is understood."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.approval.counter import LONGEST, NAME, Counter
from runner.approval.desk import Desk
from runner.approval.elsewhere import answer, waiting
from runner.approval.question import Answer, Ruling, Scope, Wish
from runner.errors import SettingsInvalid, UsageError
from tests.availability import require_root

WISH = Wish("call-1", "curl x", "example.com:443", "CONNECT", "", None)
ANOTHER_USER = 12345


class Session:
    """One that asks in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.decided: list[Ruling] = []
        self.written: list[tuple[Scope, str, bool]] = []
        self.desk = Desk("s", self._remember)
        self.desk.ask(WISH, self.decided.append)

    def _remember(self, scope: Scope, target: str, allows: bool) -> None:
        if scope == "project":
            raise SettingsInvalid("settings.json:1: not valid JSON", fix="correct line 1")
        self.written.append((scope, target, allows))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """One question waits in it."""
    asking = Session(tmp_path)
    with Counter(asking.desk, tmp_path):
        yield asking


def said(folder: Path, line: bytes) -> bytes:
    """What the counter answers."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(folder / NAME))
        client.sendall(line + b"\n")
        with client.makefile("rb") as reply:
            return reply.read()


def test_what_waits_is_listed_as_it_is(session: Session) -> None:
    [found] = waiting([session.folder])

    assert found.question == session.desk.questions()[0]


@pytest.mark.parametrize("given", list(Answer), ids=lambda given: given.value)
def test_an_answer_arrives(session: Session, given: Answer) -> None:
    answer(waiting([session.folder]), "s-1", given, "local")

    assert [ruling.allowed for ruling in session.decided] == [given.allows]
    expected = [("local", WISH.target, given.allows)] if given.is_written else []
    assert session.written == expected


def test_an_answer_to_what_does_not_wait_is_an_error(session: Session) -> None:
    found = waiting([session.folder])
    answer(found, "s-1", Answer.DENY)

    with pytest.raises(UsageError, match=r"No question 's-1' waits"):
        answer(found, "s-1", Answer.ONCE)
    assert [ruling.allowed for ruling in session.decided] == [False]


def test_a_rule_that_cannot_be_written_is_told_to_whom_answered(session: Session) -> None:
    with pytest.raises(UsageError, match="not valid JSON"):
        answer(waiting([session.folder]), "s-1", Answer.ALWAYS, "project")

    assert session.decided == []


BAD = {
    "no JSON": b"yes",
    "no object": b"[]",
    "nothing to do": b"{}",
    "no answer": b'{"do": "answer", "id": "s-1", "answer": "yes", "scope": "user"}',
    "an answer of another type": b'{"do": "answer", "id": "s-1", "answer": true, "scope": "user"}',
    "another place": b'{"do": "answer", "id": "s-1", "answer": "always", "scope": "managed"}',
    "something else to do": b'{"do": "open", "id": "s-1", "answer": "once", "scope": "user"}',
    "deep": b"[" * (LONGEST - 1),
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD.keys())
def test_a_strange_request_answers_nothing(session: Session, line: bytes) -> None:
    assert json.loads(said(session.folder, line)) == {"error": "that is no request"}
    assert (session.decided, len(session.desk.questions())) == ([], 1)


def test_a_session_that_ended_is_passed_over(session: Session, tmp_path: Path) -> None:
    assert len(waiting([tmp_path / "gone", session.folder])) == 1


def test_only_the_same_user_is_heard(session: Session) -> None:
    """Shown with every other guard open: the folder and the socket are everybody's here."""
    require_root()
    for folder in (session.folder, *session.folder.parents):
        folder.chmod(folder.stat().st_mode | 0o755)
    (session.folder / NAME).chmod(0o777)
    program = f"""
import os, socket, sys
if int(sys.argv[1]):
    os.setuid(int(sys.argv[1]))
client = socket.socket(socket.AF_UNIX)
client.connect({str(session.folder / NAME)!r})
client.sendall(b'{{"do": "list"}}\\n')
sys.stdout.buffer.write(client.recv(65536))
"""
    replies = [
        subprocess.run(
            [sys.executable, "-c", program, str(user)], capture_output=True, check=False
        ).stdout
        for user in (0, ANOTHER_USER)
    ]

    assert json.loads(replies[0])["questions"][0]["id"] == "s-1"
    assert replies[1] == b""


def test_the_socket_is_the_user_s_alone(session: Session) -> None:
    assert (session.folder / NAME).stat().st_mode & 0o777 == 0o600


def test_what_another_terminal_sees_is_what_was_asked() -> None:
    wish = replace(WISH, method="POST", path="/a", waiting_bytes=3)
    desk = Desk("s", lambda *_: None)
    desk.ask(wish, lambda _: None)
    [question] = desk.questions()

    assert type(question).from_json(json.loads(json.dumps(question.as_json()))) == question
