"""Settings that follow the user's and the managed files while the session goes on.

Never those of the workspace, nor one named on the command line: a command that runs could be their
author. For the same reason the user's own file is only followed where no path through the workspace
leads to it.
"""

import os
from contextlib import suppress
from pathlib import Path

from runner.settings.joining import joined
from runner.settings.layers import MANAGED, said, said_again, user_file
from runner.settings.values import Settings

Look = tuple[int, ...] | None
"""What tells a changed file or folder from one that stayed."""


class WatchedSettings:
    """The settings of one session in `workspace`, a real path; `settings` is what they said first.

    Raises:
        SettingsInvalid: a file that is there cannot be used.
    """

    def __init__(
        self, workspace: Path, settings_file: Path | None, *, config: Path, managed: Path = MANAGED
    ) -> None:
        self._managed = managed
        self._config = config
        self._user = _followed(user_file(config), workspace)
        self._looks = self._look()  # before reading: a change in between is seen later
        self._said = said(workspace, settings_file, managed=managed, config=config)
        self.settings = joined(self._said)

    def changed(self) -> bool:
        """Whether the followed files look different from when this was asked last."""
        before, self._looks = self._looks, self._look()
        return self._looks != before

    def read_again(self) -> Settings:
        """What the settings say now.

        Raises:
            SettingsInvalid: a file cannot be used.
        """
        return joined(
            said_again(self._said, managed=self._managed, config=self._config, user=self._user)
        )

    def _look(self) -> tuple[Look, ...]:
        parts = self._managed / "managed-settings.d"
        followed = [self._managed, self._managed / "managed-settings.json", parts]
        with suppress(OSError):  # it is not there, or else reading will say what is wrong with it
            followed += sorted(parts.iterdir())
        if self._user is not None:
            followed.append(self._user)
        return tuple(map(_looks, followed))


def _followed(path: Path, workspace: Path) -> Path | None:
    real = Path(os.path.realpath(path))
    return None if real.is_relative_to(workspace) else real


def _looks(path: Path) -> Look:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
