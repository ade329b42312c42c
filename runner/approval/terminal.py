"""Questions on the user's own terminal, one at a time, while a command runs.

Answers are read from the terminal itself, never from standard input, which may be the command's;
what was typed before a question stood there is not an answer to it.
"""

import os
import select
import termios
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from types import TracebackType
from typing import Protocol, Self

from runner.approval.desk import Desk
from runner.approval.question import Answer, Question, Scope
from runner.approval.wording import CHOICES, PLACES, asked, pointed_to
from runner.errors import SandboxError

_ANSWERS = {
    "y": Answer.ONCE,
    "yes": Answer.ONCE,
    "s": Answer.SESSION,
    "n": Answer.DENY,
    "no": Answer.DENY,
}
_WRITTEN = {"a": Answer.ALWAYS, "d": Answer.NEVER}
_PLACES: dict[str, Scope] = {"u": "user", "l": "local", "p": "project"}


_LOOK_AGAIN_MS = 1000
"""A job may be brought to the foreground, or sent to the background, without a word to us."""


class Screen(Protocol):
    """The output of the command, which must not run through a question."""

    def pause(self) -> None:
        """Keep what the command writes to the terminal."""

    def resume(self) -> None:
        """Write what was kept, and go on."""


class TerminalApprover:
    """Asks on the terminal behind a descriptor until it is left. A context manager.

    `preview` says which line an answer for good would add to which file.
    """

    def __init__(
        self,
        desk: Desk,
        terminal: int,
        screen: Screen,
        preview: Callable[[Scope, str, bool], str],
    ) -> None:
        self._desk = desk
        self._terminal = terminal
        self._screen = screen
        self._preview = preview
        self._shown: Question | None = None
        self._for_good: Answer | None = None
        self._pointed_to: set[str] = set()
        self._closing = False
        self._alarm = Lock()

    def __enter__(self) -> Self:
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._waking, False)
        self._thread = Thread(target=self._work, name="approvals", daemon=True)
        self._thread.start()
        self._desk.watch(self._wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._desk.unwatch(self._wake)
        self._closing = True
        self._wake()
        self._thread.join()
        with self._alarm:
            os.close(self._waking)
            os.close(self._woken)
            self._waking = -1

    def _wake(self) -> None:
        # Also called by somebody who began to tell of a change before this was left.
        with self._alarm, suppress(BlockingIOError):  # full: it is awake already
            if self._waking >= 0:
                os.write(self._waking, b"\0")

    def _work(self) -> None:
        try:
            while not self._closing:
                self._look()
                self._await_something()
        except OSError:
            pass  # the terminal is gone: what waits is denied when its time is up
        finally:
            self._screen.resume()

    def _look(self) -> None:
        waiting = self._desk.questions()
        if self._shown is not None and self._shown.id not in {each.id for each in waiting}:
            self._say("(it does not wait any more)\n")
            self._finish()
        if self._shown is None and waiting:
            if self._may_ask():
                self._show(waiting[0])
            else:
                self._point_to(waiting[0])

    def _await_something(self) -> None:
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        if self._shown is not None and self._may_ask():
            poll.register(self._terminal, select.POLLIN)
        asks = self._shown is not None or self._pointed_to
        ready = {descriptor for descriptor, _ in poll.poll(_LOOK_AGAIN_MS if asks else None)}
        if self._woken in ready:
            os.read(self._woken, 4096)
        if self._terminal in ready and self._shown is not None and self._may_ask():
            self._hear(os.read(self._terminal, 4096), self._shown)

    def _may_ask(self) -> bool:
        # A job in the background is stopped when it reads its terminal (tty_ioctl(4), SIGTTIN).
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:
            return True  # it is not the terminal that controls us: it stops nobody

    def _point_to(self, question: Question) -> None:
        if question.id not in self._pointed_to:
            self._pointed_to.add(question.id)
            self._say("\n".join(("", *pointed_to(question), "")))

    def _show(self, question: Question) -> None:
        self._screen.pause()
        self._shown, self._for_good = question, None
        # Typed before the question stood there: meant for something else.
        termios.tcflush(self._terminal, termios.TCIFLUSH)
        self._say(asked(question) + CHOICES)

    def _hear(self, typed: bytes, question: Question) -> None:
        word = typed.decode(errors="replace").strip().lower()
        if self._for_good is not None:
            self._hear_place(word, self._for_good, question)
        elif word in _WRITTEN:
            self._for_good = _WRITTEN[word]
            self._offer(self._for_good, question)
        elif word in _ANSWERS:
            self._answer(question, _ANSWERS[word])
        elif not typed:
            raise OSError("the terminal was closed")
        else:
            self._say(CHOICES)

    def _offer(self, answer: Answer, question: Question) -> None:
        lines = [
            f"  {key}  {self._preview(scope, question.wish.target, answer.allows)}\n"
            for key, scope in _PLACES.items()
        ]
        self._say("".join(lines) + PLACES)

    def _hear_place(self, word: str, answer: Answer, question: Question) -> None:
        if word in _PLACES:
            self._answer(question, answer, _PLACES[word])
        else:  # anything else leads back to the question, never to a yes
            self._for_good = None
            self._say(CHOICES)

    def _answer(self, question: Question, answer: Answer, scope: Scope = "user") -> None:
        try:
            self._desk.answer(question.id, answer, scope)
        except SandboxError as error:
            self._for_good = None
            self._say(f"sandbox: {error}\n{CHOICES}")
        else:
            self._finish()

    def _finish(self) -> None:
        self._shown = self._for_good = None
        self._screen.resume()

    def _say(self, text: str) -> None:
        left = memoryview(text.encode("ascii", "backslashreplace"))
        while left:
            left = left[os.write(self._terminal, left) :]
