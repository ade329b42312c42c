"""`sandbox approvals`: what waits for an answer in any running session, and answering it."""

import json
import os
from typing import Annotated, get_args

import typer

from runner.approval.question import Answer, Question, Scope
from runner.errors import UsageError

_ANSWERS = ", ".join(answer.value for answer in Answer)


def approvals(
    question: Annotated[
        str | None, typer.Argument(metavar="[ID", help="The question to answer.")
    ] = None,
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER]", help=f"One of: {_ANSWERS}.")
    ] = None,
    *,
    to: Annotated[
        str,
        typer.Option(metavar="S", help="Settings for always and never: user, local, project."),
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


def _answer(text: str | None) -> Answer:
    try:
        return Answer(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not an answer." if text else "The answer is missing.",
            fix=f"Write one of: {_ANSWERS}.",
        ) from None


def _scope(text: str) -> Scope:
    scopes: dict[str, Scope] = {scope: scope for scope in get_args(Scope)}
    if text not in scopes:
        raise UsageError(f"--to {text!r} names no settings.", fix="Write user, local or project.")
    return scopes[text]


def _say(questions: list[Question]) -> None:
    from runner.approval.wording import listed

    if not questions:
        typer.echo("nothing waits for an answer")
        return
    for each in questions:
        typer.echo(listed(each))
    typer.echo(f"To answer: sandbox approvals ID ANSWER\nANSWER is one of: {_ANSWERS}")
