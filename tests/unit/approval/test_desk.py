"""What waits for an answer, and whom an answer reaches."""

from dataclasses import replace

import pytest

from runner.approval.desk import Desk
from runner.approval.question import Answer, Ruling, Scope, Wish
from runner.errors import SettingsInvalid

WISH = Wish("call-1", "pip install x", "example.com:443")
OTHER_CALL = replace(WISH, call_id="call-2", command="npm install")
OTHER_HOST = replace(WISH, target="example.org:443")


class Asker:
    """Asks, and keeps what was decided."""

    def __init__(self, **bounds: int) -> None:
        self.written: list[tuple[Scope, str, bool]] = []
        self.changes = 0
        self.desk = Desk("s", lambda *rule: self.written.append(rule), **bounds)
        self.desk.watch(self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def ask(self, wish: Wish = WISH) -> list[Ruling]:
        """What is decided about it, once it is."""
        rulings: list[Ruling] = []
        self.desk.ask(wish, rulings.append)
        return rulings

    def answer(self, answer: Answer, number: int = 0) -> bool:
        """Answer the question with that place in the list."""
        return self.desk.answer(self.desk.questions()[number].id, answer)


@pytest.mark.parametrize("answer", list(Answer), ids=lambda answer: answer.value)
def test_an_answer_reaches_every_connection_of_the_command(answer: Answer) -> None:
    asker = Asker()
    decided = [asker.ask(), asker.ask(), asker.ask()]
    assert [q.connections for q in asker.desk.questions()] == [3]

    assert asker.answer(answer)

    assert [[ruling.allowed for ruling in each] for each in decided] == [[answer.allows]] * 3
    assert asker.desk.questions() == ()


@pytest.mark.parametrize(
    ("answer", "known_to_the_call", "known_to_another"),
    [
        (Answer.ONCE, [True], []),
        (Answer.DENY, [False], []),
        (Answer.SESSION, [True], [True]),
        (Answer.ALWAYS, [True], [True]),
        (Answer.NEVER, [False], [False]),
    ],
)
def test_an_answer_lasts_as_long_as_it_says(
    answer: Answer, known_to_the_call: list[bool], known_to_another: list[bool]
) -> None:
    asker = Asker()
    asker.ask()
    asker.answer(answer)

    assert [ruling.allowed for ruling in asker.ask()] == known_to_the_call
    assert [ruling.allowed for ruling in asker.ask(OTHER_CALL)] == known_to_another
    assert asker.ask(OTHER_HOST) == []


def test_what_was_answered_for_a_command_ends_with_it() -> None:
    asker = Asker()
    asker.ask()
    asker.answer(Answer.ONCE)
    asker.desk.forget(WISH.call_id)

    assert asker.ask() == []


def test_a_yes_for_one_command_is_none_for_another_that_waits_for_the_same_host() -> None:
    asker = Asker()
    first, second = asker.ask(), asker.ask(OTHER_CALL)
    before = asker.desk.questions()[0].id

    asker.answer(Answer.ONCE)

    assert ([ruling.allowed for ruling in first], second) == ([True], [])
    [left] = asker.desk.questions()
    assert (left.wish, left.id != before) == (OTHER_CALL, True)


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        (Answer.ONCE, []),
        (Answer.SESSION, []),
        (Answer.DENY, []),
        (Answer.ALWAYS, [("user", "example.com:443", True)]),
        (Answer.NEVER, [("user", "example.com:443", False)]),
    ],
)
def test_only_an_answer_for_good_is_written(
    answer: Answer, written: list[tuple[Scope, str, bool]]
) -> None:
    asker = Asker()
    asker.ask()
    asker.answer(answer)

    assert asker.written == written


def test_a_rule_that_cannot_be_written_leaves_the_question_open() -> None:
    def refuse(*_: object) -> None:
        raise SettingsInvalid("the file is not JSON")

    desk = Desk("s", refuse)
    rulings: list[Ruling] = []
    desk.ask(WISH, rulings.append)
    with pytest.raises(SettingsInvalid):
        desk.answer(desk.questions()[0].id, Answer.ALWAYS)

    assert (rulings, len(desk.questions())) == ([], 1)


def test_too_many_that_wait_are_denied_and_the_others_go_on_waiting() -> None:
    asker = Asker(most_held=2)
    waiting = [asker.ask(), asker.ask(OTHER_HOST)]

    assert [ruling.allowed for ruling in asker.ask()] == [False]
    assert waiting == [[], []]


def test_the_end_of_the_session_denies_what_waits_and_what_comes() -> None:
    asker = Asker()
    waiting = asker.ask()
    asker.desk.close()

    assert [ruling.allowed for ruling in waiting + asker.ask(OTHER_HOST)] == [False, False]


def test_one_who_does_not_wait_any_more_is_not_told() -> None:
    asker = Asker()
    rulings: list[Ruling] = []
    held = asker.desk.ask(WISH, rulings.append)
    assert held is not None
    asker.desk.withdraw(held)
    asker.desk.withdraw(held)

    assert (asker.desk.questions(), rulings, asker.changes) == ((), [], 2)


def test_a_question_that_does_not_wait_cannot_be_answered() -> None:
    asker = Asker()
    asker.ask()

    assert not asker.desk.answer("s-99", Answer.SESSION)
    assert asker.ask(OTHER_CALL) == []


def test_who_watches_is_told_of_every_question_and_its_end() -> None:
    asker = Asker()
    asker.ask()
    asker.ask()  # joins the first
    asker.answer(Answer.DENY)
    asker.desk.unwatch(asker._changed)
    asker.ask(OTHER_CALL)

    assert asker.changes == 2
