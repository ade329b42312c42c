"""Ctrl-C, SIGTERM and a hung-up terminal, passed on to the command that is running."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType

from runner.errors import SandboxError
from runner.session import Sandbox

GRACE_SECONDS = 10.0
_FORWARDED = {signal.SIGINT: "INT", signal.SIGTERM: "TERM", signal.SIGHUP: "HUP"}


class Forwarding:
    """Passes signals on. The first asks; a second Ctrl-C, or a grace period after SIGTERM or
    SIGHUP, kills.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._grace: Timer | None = None
        self._received = 0
        self.killed = False
        """Whether the user did not want to wait for the command to end by itself."""

    def handle(self, number: int, _: FrameType | None) -> None:
        """The signal handler."""
        again, self._received = self._received != 0, number
        try:
            if again and number == signal.SIGINT:
                self.killed = True
                self._box.kill()
            elif not self._box.signal(_FORWARDED[signal.Signals(number)]):
                raise SystemExit(128 + number)  # nothing runs yet, or any more
        except SandboxError:
            return  # the engine went away: the call that is running says so
        if number != signal.SIGINT and self._grace is None:
            self._grace = Timer(GRACE_SECONDS, self._box.kill)
            self._grace.daemon = True
            self._grace.start()

    def stop(self) -> None:
        """No more killing."""
        if self._grace is not None:
            self._grace.cancel()


@contextmanager
def forwarding(box: Sandbox) -> Iterator[Forwarding]:
    """While it lasts, signals go to what runs in the sandbox instead of ending this process.

    What we were started to ignore is not passed on: SIGHUP under nohup(1), Ctrl-C for a command
    that a script started in the background.
    """
    passing = Forwarding(box)
    heeded = [number for number in _FORWARDED if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, passing.handle) for number in heeded}
    try:
        yield passing
    finally:
        passing.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
