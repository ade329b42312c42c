"""JSON is read as the standard reader reads it, strictly, and every value knows its line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.settings.located import JsonInvalid, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 1, 4]), st.booleans())
def test_every_document_reads_as_the_standard_reader_reads_it(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse(text).value == json.loads(text)


def test_every_value_knows_the_line_of_its_key_or_of_itself() -> None:
    located = parse('\n{\n"a":\n1, "b": [\n"x",\n{"c": null}\n]}')
    assert located.lines == {
        (): 2,
        ("a",): 3,
        ("b",): 4,
        ("b", 0): 5,
        ("b", 1): 6,
        ("b", 1, "c"): 6,
    }


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "expecting value"),
        ("\n\n", 3, "expecting value"),
        ("{", 1, "a key in double quotes"),
        ('{"a"}', 1, "':' is expected"),
        ('{"a":}', 1, "expecting value"),
        ('{"a":1,}', 1, "a key in double quotes"),
        ('{"a":1 "b":2}', 1, "',' is expected"),
        ("{'a':1}", 1, "a key in double quotes"),
        ("{a:1}", 1, "a key in double quotes"),
        ("[1,]", 1, "expecting value"),
        ("[1 2]", 1, "',' is expected"),
        ("[1", 1, "',' is expected"),
        ("{}\n\n{}", 3, "text follows"),
        ("{} // comment", 1, "text follows"),
        ('{\n// comment\n"a":1}', 2, "a key in double quotes"),
        ('{"a":1,\n"a":2}', 2, "'a' is there twice"),
        ('{"a":1,\n"\\u0061":2}', 2, "'a' is there twice"),
        ('{"\\u202e":1,"\\u202e":2}', 1, r"'\\u202e' is there twice"),
        ("NaN", 1, "cannot be read"),
        ("[-Infinity]", 1, "cannot be read"),
        ("1" * 5000, 1, "cannot be read"),
        ("01", 1, "text follows"),
        ("+1", 1, "expecting value"),
        (".5", 1, "expecting value"),
        ("tru", 1, "expecting value"),
        ('"a\nb"', 1, "invalid control character"),
        ('"a', 1, "unterminated string"),
        ('"\\x"', 1, "invalid"),
        ("\ufeff{}", 1, "expecting value"),
        ("[" * 100_000, 1, "nested too deep"),
        ('{"a":' * 100_000, 1, "nested too deep"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(JsonInvalid, match=reason) as refused:
        parse(text)
    assert refused.value.line == line


@given(st.text(st.sampled_from('{}[],:"0 \n\\utrfn') | st.characters(), max_size=40))
def test_whatever_comes_is_read_as_the_standard_reader_would_or_refused(text: str) -> None:
    try:
        value = parse(text).value
    except JsonInvalid:
        return
    assert value == json.loads(text)
