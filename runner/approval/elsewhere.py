"""Questions of all sessions of this user, seen and answered from another terminal."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.approval.counter import NAME
from runner.approval.question import Answer, Question, Scope
from runner.errors import UsageError

_SECONDS = 10.0
_LONGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Waiting:
    """One question, as its session tells it, and where that session listens."""

    counter: Path
    question: Question


def waiting(folders: Iterable[Path]) -> list[Waiting]:
    """Every question of the sessions with these folders; one that has just ended has none."""
    found = []
    for counter in (folder / NAME for folder in folders):
        reply = _asked(counter, {"do": "list"}) or {}
        found += [Waiting(counter, Question.from_json(each)) for each in reply.get("questions", [])]
    return found


def answer(
    questions: Iterable[Waiting], question_id: str, given: Answer, scope: Scope = "user"
) -> None:
    """Answer one of the questions.

    Raises:
        UsageError: it does not wait (any more), or its rule could not be written.
    """
    for each in questions:
        if each.question.id == question_id:
            request = {"do": "answer", "id": question_id, "answer": given.value, "scope": scope}
            reply = _asked(each.counter, request) or {}
            if "error" in reply:
                raise UsageError(str(reply["error"]), fix=str(reply.get("fix", "")))
            if reply.get("done"):
                return
    raise UsageError(
        f"No question {question_id!r} waits for an answer.",
        fix="`sandbox approvals` lists those that do.",
    )


def _asked(counter: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_SECONDS)
            client.connect(str(counter))
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as lines:
                reply = json.loads(lines.readline(_LONGEST))
    except (OSError, ValueError):
        return None  # it has ended, or asks nobody
    return reply if isinstance(reply, dict) else None
