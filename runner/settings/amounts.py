"""Amounts of bytes as people write them."""

import re

_AMOUNT = re.compile(r"([1-9][0-9]{0,17})([kmgt]?)", re.IGNORECASE)
_FACTORS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class AmountRefused(ValueError):
    """No amount of bytes. Zero is none either: half of its readers take it for "no limit"."""


def byte_count(value: object) -> int:
    """An integer, or a text such as "500k", "10m" or "2g", in bytes; at least 1.

    Raises:
        AmountRefused: it is anything else.
    """
    # type(), because True is an int, too.
    text = str(value) if type(value) is int else value
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise AmountRefused("no amount of bytes")
    return int(match[1]) * _FACTORS[match[2].lower()]
