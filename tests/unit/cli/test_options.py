"""Values of options: what is understood, and what is said of the rest."""

import pytest

from runner.cli.options import memory_mib, variables
from runner.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512m", 512),
        ("4g", 4096),
        ("4G", 4096),
        ("1.5g", 1536),
        ("1t", 1024 * 1024),
        ("1024t", 1024 * 1024 * 1024),
        ("65536k", 64),
        ("16777216", 16),
        ("16777216b", 16),
        ("512MiB", 512),
        ("512mb", 512),
        (" 512m ", 512),
    ],
)
def test_an_amount_of_memory_is_understood(text: str, expected: int) -> None:
    assert memory_mib(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "m", "lots", "-1g", "1,5g", "1e9", "4 g", "4gg", "4x", "0x10m", "inf", "nan", "4g\n4g"],
)
def test_what_is_no_amount_of_memory_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--memory") as caught:
        memory_mib(text)

    assert caught.value.fix


@pytest.mark.parametrize(
    "text", ["0", "0g", "1", "15m", "15.9m", "16777215", "1025t", "9" * 400, "9" * 400 + "t"]
)
def test_too_little_and_too_much_memory_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is too little or too much") as caught:
        memory_mib(text)

    assert caught.value.fix == "From 16m to 1024t will do."
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["A=b"], {"A": "b"}, id="one"),
        pytest.param(["A="], {"A": ""}, id="empty"),
        pytest.param(["A=b=c d\n"], {"A": "b=c d\n"}, id="more-equals-signs"),
        pytest.param(["A=1", "B=2", "A=3"], {"A": "3", "B": "2"}, id="the-last-one-counts"),
    ],
)
def test_variables_are_understood(assignments: list[str], expected: dict[str, str]) -> None:
    assert variables(assignments) == expected


def test_the_hosts_own_value_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "value")

    with pytest.raises(UsageError, match="--env 'SECRET' has no value") as caught:
        variables(["A=b", "SECRET"])

    assert caught.value.fix.startswith("Write --env SECRET=VALUE")
