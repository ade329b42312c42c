"""What changed just before it was read may have changed once more unseen: read it again.

When nothing did, the survey holds and need not be put together anew.
"""

from collections.abc import Mapping

from runner.workspace.content import Content, content_of
from runner.workspace.findings import Known
from runner.workspace.look import Look
from runner.workspace.reading import Mark, Reading


def settled(look: Look, known: Known) -> Known | None:
    """The same with what is racy read once more; `None` when something did change after all."""
    if not known.settles:
        return None
    contents = dict(known.contents)
    try:
        readings, sealed = look.again(known.readings), look.again(known.sealed)
        for mark in [mark for mark, old in contents.items() if old.racy]:
            contents[mark] = content_of(look.root, look.root_path, mark)
    except OSError:
        return None
    same = all(
        contents[mark]._replace(racy=old.racy) == old for mark, old in known.contents.items()
    )
    if readings is None or sealed is None or not same:
        return None
    racy = any_racy(readings, sealed, contents)
    return known._replace(readings=readings, sealed=sealed, contents=contents, racy=racy)


def any_racy(
    readings: Mapping[str, Reading], sealed: Mapping[str, Reading], contents: Mapping[Mark, Content]
) -> bool:
    """Whether the signature of any of them proves nothing yet."""
    return (
        any(reading.racy for reading in readings.values())
        or any(reading.racy for reading in sealed.values())
        or any(content.racy for content in contents.values())
    )
