"""SECURITY.md and its tests hold each other: every promise names tests that exist, and every test
module is named by a promise.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[`(\w+)`\]\((\S+?)\)")


def promises(text: str) -> list[str]:
    """The items under "What is promised", each on one line."""
    section = text.partition("\n## What is promised\n")[2].partition("\n## ")[0]
    return [
        " ".join(item.split())
        for item in re.split(r"(?m)^- |^\*\*.*\*\*$", section)[1:]
        if item.strip()
    ]


def functions_of(path: Path) -> set[str]:
    """The names of a module's functions."""
    tree = ast.parse(path.read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


PROMISES = promises((ROOT / "SECURITY.md").read_text())


def test_there_are_promises() -> None:
    assert len(PROMISES) > 20


@pytest.mark.parametrize("promise", PROMISES, ids=lambda text: text[:60])
def test_every_promise_is_one_sentence_and_names_a_test_that_exists(promise: str) -> None:
    sentence, _, proof = promise.partition(" ([`")
    links = LINK.findall(f"[`{proof}")

    assert re.fullmatch(r"[A-Z][^.!?]*(?:\.[a-z/][^.!?]*|…[^.!?]*)*\.", sentence)
    assert links
    for name, path in links:
        assert name.startswith("test_")
        assert name in functions_of(ROOT / path)


def test_every_module_of_attacks_is_named_by_a_promise() -> None:
    modules = {f"tests/security/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    named = {path for promise in PROMISES for _, path in LINK.findall(promise)}

    assert modules - {"tests/security/test_promises.py"} <= named


def test_a_promise_without_a_test_is_found() -> None:
    """The control: what the checks above are made of tells the two apart."""
    text = "\n## What is promised\n\n- One. ([`test_a`](tests/b.py))\n- Two.\n\n## More\n- Three.\n"

    assert [LINK.findall(item) for item in promises(text)] == [[("test_a", "tests/b.py")], []]
