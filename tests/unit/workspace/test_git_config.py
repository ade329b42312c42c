import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.workspace.git_config import Setting, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# only\n; comments", []),
        ("[core]\n\tbare = false\n", [("core", "", "bare", "false")]),
        ("[core] bare", [("core", "", "bare", None)]),
        ("[Core]\nBARE=TRUE", [("core", "", "bare", "TRUE")]),
        ('[remote "Or igin"]\nurl = x', [("remote", "Or igin", "url", "x")]),
        ('[a "q\\"\\\\z"]\nk=1', [("a", 'q"\\z', "k", "1")]),
        ("[branch.Main]\nk=1", [("branch", "main", "k", "1")]),
        ('[a]\nk = "x # y" # z', [("a", "", "k", "x # y")]),
        ("[a]\nk = x \\\n  y", [("a", "", "k", "x   y")]),
        ('[a]\nk = \\t\\n\\b\\"\\\\', [("a", "", "k", '\t\n\b"\\')]),
        ("[a]\nk = a  b   \n", [("a", "", "k", "a  b")]),
        ('[a]\nk = "  "\n', [("a", "", "k", "  ")]),
        ("[a]\nk =\n", [("a", "", "k", "")]),
        ("[a]\r\nk = v\r\n", [("a", "", "k", "v")]),
        ("\ufeff[a]\nk=v", [("a", "", "k", "v")]),
        ("k = 1\n[a]", [("", "", "k", "1")]),
        ("[a]k=1\n[b]k=2", [("a", "", "k", "1"), ("b", "", "k", "2")]),
    ],
)
def test_text_becomes_settings_as_git_reads_it(
    text: str, expected: list[tuple[str, str, str, str | None]], tmp_path: Path
) -> None:
    assert parse(text) == tuple(Setting(*one) for one in expected)
    assert by_git(text, tmp_path) == [
        (".".join(filter(None, (section, subsection, key))), value)
        for section, subsection, key, value in expected
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[core", "[core]\n1x = 2", '[a "b]\nk=1', "[a]\nk = \"x", "[a]\nk = \\q",
        "[a]\nk : v", "[a]\n= v", "[a b]\nk=1", "[a]\nk = \"x\ny\"", "[a]\n-k=1", "[]\nk=1",
    ],
)  # fmt: skip
def test_what_git_refuses_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        parse(text)
    assert by_git(text, tmp_path) is None


@pytest.mark.parametrize("text", ["[a]\nk = x\0y", "\0"])
def test_a_nul_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        parse(text)


@given(st.text(alphabet='[]ab."\\ =\n\r\t#;1-é', max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        settings = parse(text)
    except ValueError:
        return
    assert all(setting.key for setting in settings)


def by_git(text: str, folder: Path) -> list[tuple[str, str | None]] | None:
    """What the real git reads; `None` when it refuses."""
    file = folder / "config"
    file.write_bytes(text.encode())
    done = subprocess.run(
        ["git", "config", "--file", str(file), "--list", "-z"],
        cwd=folder, check=False, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        return None
    found = []
    for one in done.stdout.decode().split("\0")[:-1]:
        name, sign, value = one.partition("\n")
        found.append((name, value if sign else None))
    return found
