"""What is said to the user on standard error, in words that also read well aloud."""

import sys
import textwrap

import typer

_WIDTH = 79


def say(text: str) -> None:
    """One sentence, wrapped to 80 columns, under our name."""
    lines = textwrap.wrap(
        f"sandbox: {text}",
        _WIDTH,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    print("\n".join(lines), file=sys.stderr)  # noqa: T201 - the place for it


def say_error(message: str, fix: str) -> None:
    """What happened, and what to do about it."""
    say(shown(message))
    if fix:
        say(shown(fix))


def say_usage_error(error: typer.TyperException) -> None:
    """The parser's own message, without its usage block."""
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    say_error(text, "`sandbox --help` and `sandbox COMMAND --help` show what there is.")


def shown(text: str) -> str:
    """Text that may come from elsewhere, with control characters spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
