"""What the help says can be answered is what can be."""

from typing import get_args

from runner.approval.question import Answer, Scope
from runner.cli.approvals import ANSWERS, PLACES


def test_the_help_names_every_answer_and_every_place() -> None:
    assert ANSWERS.split(", ") == [answer.value for answer in Answer]
    assert PLACES.split(", ") == list(get_args(Scope))
