"""How a question reads: plain lines of at most 79 columns, the same in every place it is asked."""

import textwrap

from runner.approval.question import Question

CHOICES = (
    "  y  yes, for this command       n  no\n"
    "  s  yes, for this session       d  never (asks where to write it)\n"
    "  a  always (asks where to write it)\n"
    "sandbox: allow it? "
)
PLACES = "sandbox: write it where? (anything else: nowhere) "

_WIDTH = 79


def pointed_to(question: Question) -> tuple[str, str]:
    """Two lines for where nobody can be asked: what waits, and how to answer from elsewhere."""
    return (
        f"sandbox: {question.wish.target} waits for your approval; answer with",
        f"  sandbox approvals {question.id} once",
    )


def asked(question: Question) -> str:
    """The question without its choices; ends with a line feed. Everything in it is escaped."""
    return f"\n{_said('sandbox', question)}\n"


def listed(question: Question) -> str:
    """The question in a list, under its id."""
    return _said(question.id, question)


def _said(heading: str, question: Question) -> str:
    wish = question.wish
    lines = [
        f"{heading}: {wish.command or 'a command'}",
        f"  wants to reach {wish.target} ({_means(question)}).",
    ]
    if question.connections > 1:
        lines.append(f"  {question.connections} connections wait for it.")
    return "\n".join(map(_wrapped, lines))


def _means(question: Question) -> str:
    wish = question.wish
    if wish.method == "CONNECT":
        return "a tunnel: what goes through it cannot be seen"
    size = "" if wish.waiting_bytes is None else f", {wish.waiting_bytes:,} bytes to send"
    return f"{wish.method} {wish.path[:200]}{size}"


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, _WIDTH, subsequent_indent="  ", drop_whitespace=False))
