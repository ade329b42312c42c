"""What may be sent to a cell: a command and its variables, checked before anything runs."""

import os
import re
from collections.abc import Mapping, Sequence

from runner.errors import CommandRefused

_SHOWN = 200
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
"""What no shell reads as anything but itself."""

LONGEST = 128 * 1024
"""Bytes of all arguments together: Linux takes no single argument above this (MAX_ARG_STRLEN)."""


def checked_command(argv: Sequence[str | bytes]) -> tuple[bytes, ...]:
    """The command as bytes, undecodable file names (surrogate escapes) restored.

    Raises:
        CommandRefused: empty, a string instead of a list, NUL bytes, or 128 KiB and more.
    """
    if isinstance(argv, str | bytes):
        raise CommandRefused(
            "The command is one string; it has to be a list of words.",
            fix=f"Write it as a list, or as ['sh', '-c', {argv!r}] for a shell.",
        )
    words = tuple(map(_as_bytes, argv))
    if not words or not words[0]:
        raise CommandRefused(
            "There is no command to run.", fix="Name one: sandbox run -- COMMAND [ARGUMENT]..."
        )
    if words[0].startswith(b"-"):
        raise CommandRefused(
            f"{words[0].decode(errors='replace')!r} looks like an option, not like a program.",
            fix="Options of `sandbox run` go before `--`; a program of that name needs its path.",
        )
    if any(b"\0" in word for word in words):
        raise CommandRefused(
            "The command holds a NUL byte, which no program can be given.",
            fix="Remove it, or pass the data on standard input.",
        )
    if (size := sum(len(word) + 1 for word in words)) >= LONGEST:
        raise CommandRefused(
            f"The arguments are {size:,} bytes long; fewer than {LONGEST:,} can be passed.",
            fix="Put them into a file in the workspace, or pass them on standard input.",
        )
    return words


def checked_environment(environment: Mapping[str, str]) -> dict[str, bytes]:
    """Variables for one command, as bytes.

    Raises:
        CommandRefused: a name that a shell cannot export, or NUL bytes.
    """
    checked = {}
    for name, text in environment.items():
        if not (name.isascii() and name.isidentifier()):
            raise CommandRefused(
                f"{name!r} is not the name of an environment variable.",
                fix="Use letters, digits and _, not a digit first: --env NAME=VALUE",
            )
        if "\0" in text:
            raise CommandRefused(
                f"The value of the environment variable {name} holds a NUL byte.", fix="Remove it."
            )
        checked[name] = _as_bytes(text)
    return checked


def as_shown(words: tuple[bytes, ...]) -> str:
    """The command on one line, quoted as for a shell, short, and without anything but ASCII."""
    text = " ".join(map(_quoted, words)).encode("unicode_escape").decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _quoted(word: bytes) -> str:
    text = word[: _SHOWN + 1].decode(errors="replace")
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"


def _as_bytes(text: str | bytes) -> bytes:
    try:
        return os.fsencode(text)
    except UnicodeEncodeError as error:
        raise CommandRefused(
            f"{text!r} holds half of a UTF-16 pair, which is not text.", fix="Remove it."
        ) from error
