"""What every refusal of `sandbox run` has in common."""

from pathlib import Path

from tests.end_to_end.command import Completed
from tests.end_to_end.engine import containers_of

TOUCH = ["--", "touch", "ran"]
"""A command that shows whether it ran."""


def assert_refused(ran: Completed, workspace: Path, *texts: str) -> None:
    """One error on standard error, in 80 columns, and nothing on either side of the engine."""
    assert (ran.exit_code, ran.stdout) == (125, b"")
    assert [text for text in texts if text not in ran.said] == [], ran.said
    assert ran.said.startswith("sandbox: ")
    assert "Traceback" not in ran.said
    words_too_long = [word for word in ran.said.split() if len(word) > 70]
    lines = ran.stderr.decode().splitlines()
    assert [line for line in lines if len(line) > 80 and not words_too_long] == []
    assert containers_of(ran.pid) == []
    assert not (workspace / "ran").exists()
