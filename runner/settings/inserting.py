"""One more text in a list of a JSON document, and nothing else of it touched.

Whoever keeps a settings file by hand finds it as it was: spacing, order and line ends stay, and
what is new is written the way its neighbours are.
"""

import json
import re
from collections.abc import Sequence

from runner.settings.located import Json, Located, Path, parse

_SPACE = re.compile(r"[ \t\r\n]*")


class Uninsertable(ValueError):
    """The document holds something else where the list belongs. `str()` says what."""


def document_with(keys: Sequence[str], text: str) -> str:
    """A new document that holds the text in the list at `keys`, and nothing else."""
    return json.dumps(_nested(keys, text), indent=2) + "\n"


def with_text(document: str, keys: Sequence[str], text: str) -> str:
    """The document with the text in the list at `keys`, which is made if it is missing.

    A list that holds the text already stays as it is.

    Raises:
        JsonInvalid: it is no JSON.
        Uninsertable: something that is no object, or no list, is in the way.
    """
    located = parse(document)
    path, found = _deepest(located.value, keys)
    missing = keys[len(path) :]
    if not missing:
        if not isinstance(found, list):
            raise Uninsertable(f"{'.'.join(path)!a} is no list")
        if text in found:
            return document
        return _inserted(document, located, path, range(len(found)), json.dumps(text))
    if not isinstance(found, dict):
        raise Uninsertable(f"{'.'.join(path)!a} is no object")
    member = json.dumps(_nested(missing, text))[1:-1]
    return _inserted(document, located, path, tuple(found), member)


def _deepest(value: Json, keys: Sequence[str]) -> tuple[tuple[str, ...], Json]:
    """As far down `keys` as the document goes, and what stands there."""
    for depth, key in enumerate(keys):
        if not isinstance(value, dict) or key not in value:
            return tuple(keys[:depth]), value
        value = value[key]
    return tuple(keys), value


def _nested(keys: Sequence[str], text: str) -> Json:
    value: Json = [text]
    for key in reversed(keys):
        value = {key: value}
    return value


def _inserted(
    document: str, located: Located, path: Path, children: Sequence[str | int], new: str
) -> str:
    opening = located.spans[path][0] + 1
    if not children:
        return document[:opening] + new + document[opening:]
    at = located.spans[*path, children[-1]][1]
    space = _SPACE.match(document, opening)
    before = (space and space[0]) or " "
    return f"{document[:at]},{before}{new}{document[at:]}"
