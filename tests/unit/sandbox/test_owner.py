"""A dead controller's containers are told from a living one's, and from those of elsewhere."""

import os
import subprocess
import sys

import pytest

from runner.sandbox.owner import CONTROLLER, SESSION, is_ours_and_dead, label_of, labels


@pytest.fixture(scope="module")
def dead() -> str:
    """The label of a process that has ended."""
    text = "from runner.sandbox import owner; print(owner.label_of(owner.labels('1')), end='')"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return done.stdout


def with_part(label: str, place: int, text: str) -> str:
    parts = label.split(":")
    parts[place] = text
    return ":".join(parts)


def test_containers_carry_their_session_and_their_controller() -> None:
    found = labels("1a2b")

    assert found == {SESSION: "1a2b", CONTROLLER: label_of(found)}
    boot, namespace, process, started = label_of(found).split(":")
    assert (len(boot), namespace.isdigit(), int(process)) == (36, True, os.getpid())
    assert started.isdigit()


def test_containers_of_others_have_no_controller() -> None:
    assert label_of({"maintainer": "me"}) == ""


def test_a_living_controller_is_not_dead() -> None:
    assert not is_ours_and_dead(label_of(labels("1")))


def test_a_controller_that_ended_is_dead(dead: str) -> None:
    assert is_ours_and_dead(dead)


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        pytest.param(0, "00000000-0000-0000-0000-000000000000", True, id="earlier-boot"),
        pytest.param(3, "1", True, id="process-id-used-again"),
        pytest.param(2, "4194304", True, id="no-such-process"),
        pytest.param(1, "1", False, id="another-namespace"),
        pytest.param(2, "x", False, id="no-process-id"),
        pytest.param(2, "../1", False, id="a-path"),
        pytest.param(2, "", False, id="no-process"),
    ],
)
def test_each_part_of_the_label_counts(place: int, text: str, expected: bool) -> None:
    label = with_part(label_of(labels("1")), place, text)

    assert is_ours_and_dead(label) is expected


@pytest.mark.parametrize("label", ["", "a", "a:b:c", "a:b:c:d:e", ":::::"])
def test_what_is_no_label_of_ours_is_left_alone(label: str) -> None:
    assert not is_ours_and_dead(label)
