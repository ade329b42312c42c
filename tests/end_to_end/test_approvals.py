"""A host that no rule decides on is asked about, where somebody can answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from tests.end_to_end.command import SandboxCommand
from tests.end_to_end.pseudo_terminal import Person, at_a_terminal
from tests.end_to_end.web import CURL

pytestmark = pytest.mark.engine


@contextmanager
def asked(sandbox: SandboxCommand, port: int, *options: str) -> Iterator[Person]:
    """A command that wants to reach our server, and the question it leads to."""
    command = ("run", *options, "--", *CURL, f"http://127.0.0.1:{port}/greeting")
    with at_a_terminal(sandbox, *command) as person:
        question = person.sees(b"allow it? ")
        assert f"wants to reach 127.0.0.1:{port} (GET /greeting)".encode() in question
        yield person


@pytest.mark.parametrize("key", [b"y", b"s"])
def test_a_yes_lets_the_connection_go_on(sandbox: SandboxCommand, port: int, key: bytes) -> None:
    with asked(sandbox, port) as person:
        person.type(key + b"\n")
        person.sees(b"hello\r\n")

        assert person.exit_code() == 0


def test_a_no_refuses_it_and_says_so(sandbox: SandboxCommand, port: int) -> None:
    with asked(sandbox, port) as person:
        person.type(b"n\n")
        person.sees(b"is not allowed")
        person.sees(b": you denied it.")

        assert person.exit_code() == 0


def test_an_answer_for_good_is_a_rule_for_the_next_run(sandbox: SandboxCommand, port: int) -> None:
    with asked(sandbox, port) as person:
        person.type(b"a\n")
        assert f"'127.0.0.1:{port}'".encode() in person.sees(b"nowhere) ")
        person.type(b"u\n")
        person.sees(b"hello\r\n")
        assert person.exit_code() == 0

    ran = sandbox("run", "--", *CURL, f"http://127.0.0.1:{port}/")

    assert ran.outcome == (0, b"hello\n", b"")


def test_an_answer_in_the_workspace_is_written_when_the_command_is_over(
    sandbox: SandboxCommand, workspace: Path, port: int
) -> None:
    with asked(sandbox, port) as person:
        person.type(b"d\n")
        person.sees(b"nowhere) ")
        person.type(b"l\n")
        assert person.exit_code() == 0

    written = json.loads((workspace / ".sandbox" / "settings.local.json").read_text())
    assert written == {"sandbox": {"network": {"deniedDomains": [f"127.0.0.1:{port}"]}}}


def test_what_the_command_prints_meanwhile_comes_after_the_answer(
    sandbox: SandboxCommand, workspace: Path, port: int
) -> None:
    fetch = f"curl --silent --noproxy '' http://127.0.0.1:{port}/"
    script = f"{fetch} & sleep 1; printf lou; echo d; touch said; wait"
    with at_a_terminal(sandbox, "run", "--", "sh", "-c", script) as person:
        assert b"loud" not in person.sees(b"allow it? ")
        while not (workspace / "said").exists():
            sleep(0.1)
        person.type(b"y\n")

        # The question and its answer are on the screen in one piece.
        assert person.sees(b"loud\r\n") == b"y\r\nloud\r\n"
        person.sees(b"hello\r\n")
        assert person.exit_code() == 0


def test_the_command_s_own_input_answers_nothing(sandbox: SandboxCommand, port: int) -> None:
    """With -i the keyboard is the command's: the question is put elsewhere, and `y` is input."""
    fetch = f"curl --silent --noproxy '' http://127.0.0.1:{port}/"
    script = f"{fetch} & read -r x; echo got $x; wait"
    with at_a_terminal(sandbox, "run", "-i", "--", "sh", "-c", script) as person:
        person.sees(b"waits for your approval")
        line = person.sees(b"once\r\n").split()
        person.type(b"y\n")
        person.sees(b"got y\r\n")
        [waiting] = sandbox("approvals", "--json").stdout.splitlines()
        assert json.loads(waiting)["target"] == f"127.0.0.1:{port}"

        ran = sandbox("approvals", line[-2].decode(), "once")

        assert ran.outcome == (0, b"", b"")
        person.sees(b"hello\r\n")
        assert person.exit_code() == 0


def test_a_job_in_the_background_is_not_stopped_by_its_question(
    sandbox: SandboxCommand, port: int
) -> None:
    command = ("run", "--", *CURL, f"http://127.0.0.1:{port}/")
    background = ("bash", "-mc", '"$@" & wait', "bash")
    with at_a_terminal(sandbox, *command, wrapper=background) as person:
        person.sees(b"waits for your approval")
        question = person.sees(b"once\r\n").split()[-2].decode()

        assert sandbox("approvals", question, "once").outcome == (0, b"", b"")

        person.sees(b"hello\r\n")
        assert person.exit_code() == 0


def test_another_terminal_lists_and_answers(sandbox: SandboxCommand, port: int) -> None:
    with asked(sandbox, port) as person:
        listed = sandbox("approvals")
        [question] = map(json.loads, sandbox("approvals", "--json").stdout.splitlines())
        assert (question["target"], question["path"]) == (f"127.0.0.1:{port}", "/greeting")
        assert listed.stdout.decode().startswith(f"{question['id']}: curl ")

        assert sandbox("approvals", question["id"], "once").outcome == (0, b"", b"")

        person.sees(b"hello\r\n")
        assert person.exit_code() == 0
    assert sandbox("approvals").outcome == (0, b"nothing waits for an answer\n", b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("x-1", "maybe"), "'maybe' is not an answer.", id="no answer"),
        pytest.param(("x-1",), "The answer is missing.", id="none"),
        pytest.param(("x-1", "once"), "No question 'x-1' waits for an answer.", id="no question"),
        pytest.param(
            ("x-1", "always", "--to", "me"), "--to 'me' names no settings.", id="no place"
        ),
    ],
)
def test_a_wrong_answer_is_one_clear_error(
    sandbox: SandboxCommand, arguments: tuple[str, ...], said: str
) -> None:
    ran = sandbox("approvals", *arguments)

    assert (ran.exit_code, ran.stdout) == (2, b"")
    assert said in ran.said


def test_without_a_terminal_nobody_is_asked(sandbox: SandboxCommand, port: int) -> None:
    ran = sandbox("run", "--", *CURL, f"http://127.0.0.1:{port}/")

    assert b"is not allowed" in ran.stdout
    assert "no rule allows it" in ran.said
