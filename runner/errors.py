"""The error tree: what happened, what to do about it, and the exit code it ends with.

    SandboxError
    ├── UsageError            2    the request itself is wrong
    │   ├── WorkspaceRefused       the folder cannot be a workspace
    │   ├── CommandRefused         the command cannot be sent
    │   └── SettingsInvalid        a settings file cannot be used
    ├── EngineError           5    no container engine, or not a usable one
    │   ├── EngineMissing          nothing answers where the engine should be
    │   ├── EngineTooOld           it answers, but lacks what a cell needs
    │   ├── EngineLost             it answered before and stopped doing so
    │   └── ImageMissing           the engine does not have the image
    └── CellFailed            5    a cell could not be made, or ended without a status

`sandbox run` ends with 125 for every one of these, because any smaller number could be the
command's own. "The command failed" is never an exception: it is a `Result`.
"""

from typing import ClassVar


class SandboxError(Exception):
    """Something of ours failed. `str()` is one sentence; `fix` says what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class UsageError(SandboxError):
    """The request is wrong: nothing was started."""

    exit_code = 2


class WorkspaceRefused(UsageError):
    """The folder cannot be mounted read-write into a cell."""


class CommandRefused(UsageError):
    """The command cannot be sent: empty, holding NUL bytes, or too long."""


class SettingsInvalid(UsageError):
    """A settings file is not readable, not JSON, or holds what no setting allows."""


class EngineError(SandboxError):
    """The container engine is missing, unsuitable, or lacks an image."""

    exit_code = 5


class EngineMissing(EngineError):
    """Nothing answers at the engine's address."""


class EngineTooOld(EngineError):
    """The engine's API is older than the oldest one supported."""


class EngineLost(EngineError):
    """The engine stopped answering while something of ours was running."""


class ImageMissing(EngineError):
    """The engine does not have the image, and nothing is pulled unasked."""


class CellFailed(SandboxError):
    """A cell could not be made, or ended without saying how its command did."""

    exit_code = 5
