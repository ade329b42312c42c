"""A text is added to a list, and every other character of the document stays."""

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.settings.inserting import Uninsertable, document_with, with_text
from runner.settings.located import Json, JsonInvalid, parse

KEYS = ("sandbox", "network", "allowedDomains")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{}", '{"s": {"l": ["x"]}}'),
        ("{\n}\n", '{"s": {"l": ["x"]}\n}\n'),
        ('{"s": {}}', '{"s": {"l": ["x"]}}'),
        ('{"s": {"l": []}}', '{"s": {"l": ["x"]}}'),
        ('{"s": {"l": [ ]}}', '{"s": {"l": ["x" ]}}'),
        ('{"s": {"l": ["a"]}}', '{"s": {"l": ["a", "x"]}}'),
        ('{"s":{"l":["a","b"]}}', '{"s":{"l":["a","b", "x"]}}'),
        ('{"s": {"l": [\n  "a",\n  "b"\n]}}', '{"s": {"l": [\n  "a",\n  "b",\n  "x"\n]}}'),
        ('{"s": {"l": [\r\n\t"a"\r\n]}}\r\n', '{"s": {"l": [\r\n\t"a",\r\n\t"x"\r\n]}}\r\n'),
        ('{\n  "a": [1]\n}', '{\n  "a": [1],\n  "s": {"l": ["x"]}\n}'),
        ('{\n  "s": {\n    "a": "}"\n  }\n}', '{\n  "s": {\n    "a": "}",\n    "l": ["x"]\n  }\n}'),
        ('{"s": {"l": ["\\u0061", "x", "b"]}}', '{"s": {"l": ["\\u0061", "x", "b"]}}'),
        ('{"s": {"l": ["\\u0078"]}}', '{"s": {"l": ["\\u0078"]}}'),
    ],
)
def test_what_is_new_is_written_as_its_neighbours_are(document: str, expected: str) -> None:
    assert with_text(document, ("s", "l"), "x") == expected


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[]", "'' is no object"),
        ('{"s": null}', "'s' is no object"),
        ('{"s": ["l"]}', "'s' is no object"),
        ('{"s": {"l": "a"}}', "'s.l' is no list"),
        ('{"s": {"l": {"x": 1}}}', "'s.l' is no list"),
    ],
)
def test_what_is_in_the_way_is_not_replaced(document: str, message: str) -> None:
    with pytest.raises(Uninsertable, match=message):
        with_text(document, ("s", "l"), "x")


@pytest.mark.parametrize("document", ["", "{", '{"s": {}, "s": {}}', "{} // note"])
def test_what_is_no_json_is_not_written_to(document: str) -> None:
    with pytest.raises(JsonInvalid):
        with_text(document, ("s", "l"), "x")


def test_a_new_document_holds_the_text_and_nothing_else() -> None:
    document = document_with(KEYS, "a.example")
    assert json.loads(document) == {"sandbox": {"network": {"allowedDomains": ["a.example"]}}}
    assert document.splitlines()[4] == '        "a.example"'


MEMBERS = st.dictionaries(st.text(max_size=4), st.integers() | st.lists(st.text()), max_size=3)


@given(
    MEMBERS,
    st.none() | MEMBERS,
    st.none() | st.lists(st.text(), max_size=3),
    st.text(),
    st.sampled_from([None, 0, 2]),
)
def test_nothing_but_the_text_is_added(
    outer: dict[str, Json],
    inner: dict[str, Json] | None,
    texts: list[str] | None,
    text: str,
    indent: int | None,
) -> None:
    value: dict[str, Json] = {**outer}
    if inner is not None:
        value["s"] = {**inner} if texts is None else {**inner, "l": list(texts)}
    else:
        value.pop("s", None)
    found = parse(with_text(json.dumps(value, indent=indent), ("s", "l"), text)).value
    expected = json.loads(json.dumps(value))
    kept = expected.setdefault("s", {}).get("l")
    if kept is None or isinstance(kept, list):
        wanted = cast("list[str]", expected["s"].setdefault("l", []))
        wanted.extend([text] if text not in wanted else [])
        assert found == expected
