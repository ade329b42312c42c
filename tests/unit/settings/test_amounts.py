"""An amount of bytes is a plain number above nothing."""

import pytest

from runner.settings.amounts import AmountRefused, byte_count


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (1, 1),
        (10_485_760, 10_485_760),
        ("7", 7),
        ("500k", 512_000),
        ("10m", 10_485_760),
        ("2G", 2_147_483_648),
        ("1T", 1_099_511_627_776),
    ],
)
def test_what_names_an_amount_is_read(value: object, count: int) -> None:
    assert byte_count(value) == count


@pytest.mark.parametrize(
    "value",
    [0, -1, True, False, 1.5, None, [], {}, "", "0", "0k", "-1", "+1", "01", "1.5m", "1 m", " 1",
     "1\n", "1mb", "m", "ten", "1e3", "\u0661", "9" * 19, 10**18],
    ids=repr,
)  # fmt: skip
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(AmountRefused):
        byte_count(value)
