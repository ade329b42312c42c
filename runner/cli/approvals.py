"""`sandbox approvals`: what waits for an answer in any running session, and answering it."""

import json
import os
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from runner.errors import UsageError

if TYPE_CHECKING:
    from runner.approval.question import Answer, Question, Scope

# Written out: every command loads this file, and few load what they come from.
ANSWERS = "once, session, always, deny, never"
PLACES = "user, local, project"


def approvals(
    question: Annotated[
        str | None, typer.Argument(metavar="[ID", help="The question to answer.")
    ] = None,
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER]", help=f"One of: {ANSWERS}.")
    ] = None,
    *,
    to: Annotated[
        str,
        typer.Option(metavar="S", help=f"Settings for always and never: {PLACES}."),
    ] = "user",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the questions, one JSON object a line.")
    ] = False,
) -> int:
    """List connections that wait for an answer, or answer one.

    Works from any terminal of the user whose session asks. Without ID it lists what waits.
    """
    from runner.approval.elsewhere import answer as give
    from runner.approval.elsewhere import waiting
    from runner.sandbox.session_folder import folders

    found = waiting(folders(os.environ))
    if question is not None:
        give(found, question, _answer(answer), _scope(to))
        return 0
    if as_json:
        for each in found:
            typer.echo(json.dumps(each.question.as_json()))
    else:
        _say([each.question for each in found])
    return 0


def _answer(text: str | None) -> "Answer":
    from runner.approval.question import Answer

    try:
        return Answer(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not an answer." if text else "The answer is missing.",
            fix=f"Write one of: {ANSWERS}.",
        ) from None


def _scope(text: str) -> "Scope":
    from runner.approval.question import Scope

    scopes: dict[str, Scope] = {scope: scope for scope in get_args(Scope)}
    if text not in scopes:
        raise UsageError(f"--to {text!r} names no settings.", fix=f"Write one of: {PLACES}.")
    return scopes[text]


def _say(questions: "list[Question]") -> None:
    from runner.approval.wording import listed

    if not questions:
        typer.echo("nothing waits for an answer")
        return
    for each in questions:
        typer.echo(listed(each))
    typer.echo(f"To answer: sandbox approvals ID ANSWER\nANSWER is one of: {ANSWERS}")
