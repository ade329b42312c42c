"""Images that are there, missing, or made from something else."""

from pathlib import Path

import pytest

from runner.doctor.finding import Level
from runner.doctor.images import NEEDED, expected_inputs, missing, present

NAME = "image sandbox-devcontainer:latest"


@pytest.mark.parametrize(
    ("made_from", "expected", "level", "found"),
    [
        pytest.param("aa", "aa", Level.OK, "present, made from this checkout", id="the same"),
        pytest.param(
            "aa",
            "bb",
            Level.WEAK,
            "present, but made from other inputs than this checkout's",
            id="others",
        ),
        pytest.param(
            "", "bb", Level.WEAK, "present, but made from inputs it does not name", id="no label"
        ),
        pytest.param(
            "aa",
            None,
            Level.OK,
            "present; made from what is not known",
            id="no checkout",
        ),
        pytest.param(
            None,
            "bb",
            Level.OK,
            "present; made from what is not known",
            id="labels not told",
        ),
    ],
)
def test_an_image_is_compared_with_the_checkout(
    made_from: str | None, expected: str | None, level: Level, found: str
) -> None:
    finding = present(NEEDED[0], made_from, expected)
    assert (finding.name, finding.level, finding.found) == (NAME, level, found)


def test_a_missing_image_is_broken_and_its_fix_makes_it() -> None:
    finding = missing(NEEDED[0])
    assert (finding.name, finding.level) == (NAME, Level.BROKEN)
    assert "./scripts/build-images" in finding.fix


def test_the_inputs_change_with_every_file_but_the_notes(tmp_path: Path) -> None:
    for folder in ("base", "pod"):
        (tmp_path / "images" / folder).mkdir(parents=True)
        (tmp_path / "images" / folder / "Dockerfile").write_text("FROM scratch\n")
    before = expected_inputs(tmp_path, ("base", "pod"))
    (tmp_path / "images" / "pod" / "README.md").write_text("a note\n")
    assert expected_inputs(tmp_path, ("base", "pod")) == before
    assert expected_inputs(tmp_path, ("base",)) != before
    (tmp_path / "images" / "pod" / "relay").write_text("#!/bin/sh\n")
    assert expected_inputs(tmp_path, ("base", "pod")) != before


def test_without_a_checkout_nothing_is_expected(tmp_path: Path) -> None:
    assert expected_inputs(tmp_path, ("base", "pod")) is None
