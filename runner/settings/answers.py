"""Answers that are to hold for good: which file they go to, and when.

The user's own file is written at once. Those of the workspace are written when the session is over:
a running command has them mounted, and replacing them would end it (docs/decisions/0004).
"""

from collections.abc import Callable
from pathlib import Path

from runner.approval.question import Scope
from runner.errors import SandboxError
from runner.settings.layers import FOLDER
from runner.settings.writing import preview, remember

_NETWORK = ("sandbox", "network")


class AnswersForGood:
    """Writes rules for one session. `config` is the folder of the user's settings."""

    def __init__(self, workspace: Path, config: Path) -> None:
        self._paths: dict[Scope, Path] = {
            "user": config / "sandbox" / "settings.json",
            "local": workspace / FOLDER / "settings.local.json",
            "project": workspace / FOLDER / "settings.json",
        }
        self._postponed: list[Callable[[], object]] = []

    def preview(self, scope: Scope, target: str, allows: bool) -> str:
        """What an answer would add, and where, in one safe line; or why it cannot be."""
        try:
            addition = str(preview(self._paths[scope], _keys(allows), target))
        except SandboxError as error:
            return str(error)
        waits = scope != "user" and allows
        return f"{addition} (counts once this folder is trusted)" if waits else addition

    def remember(self, scope: Scope, target: str, allows: bool) -> None:
        """Write it, or have it written at the end.

        Raises:
            SettingsInvalid: the file cannot take it.
        """
        path, keys = self._paths[scope], _keys(allows)
        if scope == "user":
            remember(path, keys, target)
        else:
            preview(path, keys, target)  # what is wrong with it is said now, not at the end
            self._postponed.append(lambda: remember(path, keys, target))

    def write_postponed(self) -> tuple[str, ...]:
        """The session is over; returns sentences about what could not be written."""
        complaints = []
        for write in self._postponed:
            try:
                write()
            except SandboxError as error:
                complaints.append(f"an answer could not be written: {error}")
        self._postponed.clear()
        return tuple(complaints)


def _keys(allows: bool) -> tuple[str, ...]:
    return (*_NETWORK, "allowedDomains" if allows else "deniedDomains")
