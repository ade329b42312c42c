"""git's configuration syntax, read strictly: what git itself would refuse is refused here.

Source: git-config(1) "Syntax", and `config.c` where the manual is silent.
"""

import re
from typing import NamedTuple

_SECTION = r"\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+\"((?:[^\"\\\n\0]|\\[^\n\0])*)\")?[ \t]*\]"
_KEY = r"[A-Za-z][A-Za-z0-9-]*"
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_BLANK = " \t\r"


class Setting(NamedTuple):
    """One line's worth: section and key in lower case, the subsection as written or empty."""

    section: str
    subsection: str
    key: str
    value: str | None
    """`None` for a key without `=`, which git takes for true."""


def parse(text: str) -> tuple[Setting, ...]:
    """All settings in the order they stand.

    Raises:
        ValueError: git would not accept the text either, or we cannot be sure what it sees in it.
    """
    return tuple(_Reader(text).settings())


class _Reader:
    """A place in the text, moving forward."""

    def __init__(self, text: str) -> None:
        if "\0" in text:
            raise ValueError("git settings hold a NUL")
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        # One line end for the last line, one more for a last line that ends in a backslash.
        self.text += "\n\n"
        self.at = 0

    def settings(self) -> list[Setting]:
        found: list[Setting] = []
        section = ("", "")
        while self.skip_blank():
            if self.text[self.at] == "[":
                section = self.section()
            else:
                found.append(Setting(*section, self.key(), self.value()))
        return found

    def skip_blank(self) -> bool:
        """Go past white space and comments; false at the end."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in "#;":
                self.at = self.text.index("\n", self.at)
            elif character not in _BLANK + "\n":
                return True
            self.at += 1
        return False

    def section(self) -> tuple[str, str]:
        header = re.compile(_SECTION).match(self.text, self.at)
        if header is None:
            raise ValueError("a section header that is not closed or holds a strange character")
        self.at = header.end()
        name, quoted = header[1].lower(), header[2]
        if quoted is not None:
            return name, re.sub(r"\\(.)", r"\1", quoted)
        # The old form `[branch.name]`: its subsection is lower case.
        name, _, subsection = name.partition(".")
        return name, subsection

    def key(self) -> str:
        key = re.compile(_KEY).match(self.text, self.at)
        if key is None:
            raise ValueError("a key that does not begin with a letter")
        self.at = key.end()
        return key[0].lower()

    def value(self) -> str | None:
        self.skip(" \t")
        if self.text[self.at] == "\n":
            return None
        if self.text[self.at] != "=":
            raise ValueError("a key that is not followed by =")
        self.at += 1
        self.skip(_BLANK)
        return self.words()

    def skip(self, characters: str) -> None:
        while self.text[self.at] in characters:
            self.at += 1

    def words(self) -> str:
        """The value up to the end of its line: quotes and escapes undone, blanks at the end cut."""
        out, solid, quoted = "", 0, False
        while (character := self.text[self.at]) != "\n":
            self.at += 1
            if character == '"':
                quoted = not quoted
            elif character == "\\":
                out += self.escaped()
                solid = len(out)
            elif character in "#;" and not quoted:
                self.at = self.text.index("\n", self.at)
                break
            else:
                out += character
            if quoted or character not in _BLANK:
                solid = len(out)
        if quoted:
            raise ValueError("a quote that is not closed")
        return out[:solid]

    def escaped(self) -> str:
        character = self.text[self.at]
        self.at += 1
        if character == "\n":
            return ""
        if character not in _ESCAPES:
            raise ValueError(f"an unknown escape \\{character}")
        return _ESCAPES[character]
