"""Where wishes wait for the user's answer: one question per target, however many wait for it.

Any thread may ask, answer and look. Closed by default: what does not fit, what nobody answers and
what is still open at the end is denied.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import TypeAlias

from runner.approval.question import Answer, Question, Ruling, Scope, Wish

MOST_HELD = 200
"""Connections that wait at the same time; one more is denied at once."""

Remember: TypeAlias = Callable[[Scope, str, bool], None]
"""Writes a rule: where, for which `host:port`, and whether it allows."""

_SAID = {
    Answer.ONCE: "you allowed it for this command",
    Answer.SESSION: "you allowed it for this session",
    Answer.ALWAYS: "you allowed it for good",
    Answer.DENY: "you denied it",
    Answer.NEVER: "you denied it for good",
}
_FULL = Ruling(allowed=False, reason="too many connections wait for an answer")
_CLOSED = Ruling(allowed=False, reason="the session is over")


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """One wish that waits; `decided` is called once, from the thread that answers."""

    wish: Wish
    decided: Callable[[Ruling], None]


@dataclass(slots=True)
class _Open:
    id: str
    held: list[Held] = field(default_factory=list)

    def question(self) -> Question:
        return Question(self.id, self.held[0].wish, len(self.held))


class Desk:
    """The questions of one session, and its answers until it ends."""

    def __init__(self, session: str, remember: Remember, *, most_held: int = MOST_HELD) -> None:
        self._session = session
        self._remember = remember
        self._most_held = most_held
        self._numbers = count(1)
        self._lock = Lock()
        self._open: dict[str, _Open] = {}
        self._for_session: dict[str, Ruling] = {}
        self._for_calls: dict[tuple[str, str], Ruling] = {}
        self._watchers: list[Callable[[], None]] = []
        self._closed = False

    def ask(self, wish: Wish, decided: Callable[[Ruling], None]) -> Held | None:
        """Have a wish decided; `None` when that has happened at once."""
        with self._lock:
            ruling = self._standing(wish)
            if ruling is None:
                held = Held(wish, decided)
                is_new = wish.target not in self._open
                self._opened(wish.target).held.append(held)
        if ruling is not None:
            decided(ruling)
            return None
        if is_new:
            self._tell()
        return held

    def withdraw(self, held: Held) -> None:
        """The one who asked does not wait any more; decided already: nothing happens."""
        with self._lock:
            opened = self._open.get(held.wish.target)
            if opened is None or held not in opened.held:
                return
            opened.held.remove(held)
            is_gone = not opened.held
            if is_gone:
                del self._open[held.wish.target]
        if is_gone:
            self._tell()

    def questions(self) -> tuple[Question, ...]:
        """What waits, oldest first."""
        with self._lock:
            return tuple(opened.question() for opened in self._open.values())

    def answer(self, question_id: str, answer: Answer, scope: Scope = "user") -> bool:
        """Answer a question; `False` when it does not wait (any more).

        Raises:
            SandboxError: the rule could not be written; the question still waits.
        """
        target = next((q.wish.target for q in self.questions() if q.id == question_id), None)
        if target is None:
            return False
        if answer.is_written:
            self._remember(scope, target, answer.allows)
        ruling = Ruling(answer.allows, _SAID[answer])
        with self._lock:
            held = self._settled(target, answer, ruling)
        for one in held:
            one.decided(ruling)
        self._tell()
        return True

    def forget(self, call_id: str) -> None:
        """The call is over, and what was answered for it."""
        with self._lock:
            self._for_calls = {
                key: ruling for key, ruling in self._for_calls.items() if key[0] != call_id
            }

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called, from any thread, whenever a question came or went."""
        with self._lock:
            self._watchers = [*self._watchers, changed]

    def unwatch(self, changed: Callable[[], None]) -> None:
        """No more of that."""
        with self._lock:
            self._watchers = [each for each in self._watchers if each != changed]

    def close(self) -> None:
        """Deny what waits, and everything from now on."""
        with self._lock:
            self._closed = True
            waiting = [held for opened in self._open.values() for held in opened.held]
            self._open.clear()
        for held in waiting:
            held.decided(_CLOSED)
        self._tell()

    def _settled(self, target: str, answer: Answer, ruling: Ruling) -> list[Held]:
        opened = self._open.pop(target, None)
        if opened is None:
            return []
        if answer not in (Answer.ONCE, Answer.DENY):
            self._for_session[target] = ruling
            return opened.held
        # Only for the command that was shown: another that waits for the same is asked about anew.
        call_id = opened.held[0].wish.call_id
        self._for_calls[call_id, target] = ruling
        others = [held for held in opened.held if held.wish.call_id != call_id]
        if others:
            self._opened(target).held.extend(others)
        return [held for held in opened.held if held.wish.call_id == call_id]

    def _standing(self, wish: Wish) -> Ruling | None:
        if self._closed:
            return _CLOSED
        # A no for good outlasts a yes for one command that was given before it.
        ruling = self._for_session.get(wish.target)
        ruling = ruling or self._for_calls.get((wish.call_id, wish.target))
        if ruling is None and self._held() >= self._most_held:
            return _FULL
        return ruling

    def _held(self) -> int:
        return sum(len(opened.held) for opened in self._open.values())

    def _opened(self, target: str) -> _Open:
        if target not in self._open:
            self._open[target] = _Open(f"{self._session}-{next(self._numbers)}")
        return self._open[target]

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()
