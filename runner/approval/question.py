"""What is asked, and what can be answered: plain values."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Literal, Self, TypeAlias

Scope: TypeAlias = Literal["user", "local", "project"]
"""The settings file that an answer for good is written to."""


class Answer(Enum):
    """What the user may say. Only these texts mean anything; nothing else is a yes."""

    ONCE = "once"
    """Yes, for the command that was shown, until it ends."""

    SESSION = "session"
    """Yes, until the session ends."""

    ALWAYS = "always"
    """Yes, and a rule is written."""

    DENY = "deny"
    """No, for the command that was shown, until it ends."""

    NEVER = "never"
    """No, and a rule is written."""

    @property
    def allows(self) -> bool:
        """Whether it is a yes."""
        return self in (Answer.ONCE, Answer.SESSION, Answer.ALWAYS)

    @property
    def is_written(self) -> bool:
        """Whether it becomes a rule in a settings file."""
        return self in (Answer.ALWAYS, Answer.NEVER)


@dataclass(frozen=True, slots=True)
class Wish:
    """One connection that no rule decides. `target` is the canonical `host:port`.

    `method` and `path` are the client's own words, escaped; `method` is CONNECT for a tunnel, whose
    inside cannot be seen. `waiting_bytes` is what the client has to send, if it says so.
    """

    call_id: str
    command: str
    target: str
    method: str = "CONNECT"
    path: str = ""
    waiting_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One target that waits for an answer, with the first wish for it, and how many wait."""

    id: str
    wish: Wish
    connections: int

    def as_json(self) -> dict[str, Any]:
        """As it is sent to another terminal, and printed there."""
        return {"id": self.id, **asdict(self.wish), "connections": self.connections}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """The other way.

        Raises:
            KeyError, TypeError: it is none.
        """
        rest = dict(found)
        return cls(rest.pop("id"), connections=rest.pop("connections"), wish=Wish(**rest))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of a wish, and why, as a clause: "you allowed it for this session"."""

    allowed: bool
    reason: str
