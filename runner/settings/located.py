"""JSON, read strictly, that remembers the line of every value.

The standard reader forgets where things stand and keeps the last of two equal keys. It still reads
every string, number and word; only the brackets are read here.
"""

from bisect import bisect_right
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import TypeAlias

DEEPEST = 32
"""Brackets within brackets; no settings file needs as many."""

Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json] | None"
Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the whole document down to one value."""


class JsonInvalid(ValueError):
    """Text that is no JSON, or says something twice. `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Located:
    """A document, and the line each value (for a member of an object: its key) stands on.

    `spans` are where each value's text begins and ends.
    """

    value: Json
    lines: dict[Path, int]
    spans: dict[Path, tuple[int, int]]


def parse(text: str) -> Located:
    """Read one JSON document (RFC 8259).

    Raises:
        JsonInvalid: it is none, repeats a key, or is nested too deep.
    """
    reader = _Reader(text)
    return Located(reader.whole(), reader.lines, reader.spans)


def _refuse_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


_SCALARS = JSONDecoder(parse_constant=_refuse_constant)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [at for at, character in enumerate(text) if character == "\n"]
        self.lines: dict[Path, int] = {}
        self.spans: dict[Path, tuple[int, int]] = {}

    def whole(self) -> Json:
        value = self._value(())
        if self._next():
            raise self._invalid("text follows the end of the document")
        return value

    def _value(self, path: Path) -> Json:
        if len(path) > DEEPEST:
            raise self._invalid("nested too deep")
        start = self._next()
        self.lines.setdefault(path, self._line())
        begin = self._at
        value = self._bracketed(start, path) if start in ("{", "[") else self._scalar()
        self.spans[path] = begin, self._at
        return value

    def _bracketed(self, start: str, path: Path) -> Json:
        return self._object(path) if start == "{" else self._array(path)

    def _object(self, path: Path) -> Json:
        members: dict[str, Json] = {}
        self._at += 1
        if self._take("}"):
            return members
        while True:
            if self._next() != '"':
                raise self._invalid("a key in double quotes is expected")
            line = self._line()
            key = str(self._scalar())
            if key in members:
                raise JsonInvalid(f"the key {key!a} is there twice", line)
            self.lines[*path, key] = line
            self._expect(":")
            members[key] = self._value((*path, key))
            if self._take("}"):
                return members
            self._expect(",")

    def _array(self, path: Path) -> Json:
        items: list[Json] = []
        self._at += 1
        if self._take("]"):
            return items
        while True:
            items.append(self._value((*path, len(items))))
            if self._take("]"):
                return items
            self._expect(",")

    def _scalar(self) -> Json:
        value: Json
        try:
            value, self._at = _SCALARS.raw_decode(self._text, self._at)
        except JSONDecodeError as error:
            raise JsonInvalid(error.msg.lower(), error.lineno) from error
        except ValueError as error:  # a number of more digits than Python converts
            raise self._invalid("a value cannot be read") from error
        return value

    def _next(self) -> str:
        while self._text[self._at : self._at + 1] in (" ", "\t", "\n", "\r"):
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _take(self, mark: str) -> bool:
        found = self._next() == mark
        self._at += found
        return found

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise self._invalid(f"'{mark}' is expected")

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at) + 1

    def _invalid(self, reason: str) -> JsonInvalid:
        return JsonInvalid(reason, self._line())
