"""The comparison is fair: `docker run` gets the hardening that a cell has."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from runner.engines.docker_body import create_body
from runner.interfaces import ContainerSpec, Limits, OwnNetwork
from scripts.benchmarks.peers import bwrap, docker_run

_WORDS = docker_run(Path("/repository"), ["true"])


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--ipc", "private"),
        ("--cgroupns", "private"),
        ("--ulimit", "core=0"),
        ("--log-driver", "none"),
        ("--user", f"{os.geteuid()}:{os.getegid()}"),
        ("--mount", "type=bind,source=/repository,target=/workspace"),
        ("--workdir", "/workspace"),
    ],
)
def test_docker_run_is_told_what_a_cell_is(option: str, text: str) -> None:
    assert _WORDS[_WORDS.index(option) + 1] == text


def test_docker_run_has_a_cells_limits() -> None:
    spec = ContainerSpec("n", "i", ("true",), 0, 0, OwnNetwork(), Limits())
    config = create_body(spec)["HostConfig"]
    given = dict(pairwise(_WORDS))
    assert int(given["--memory"].removesuffix("m")) * 1024 * 1024 == config["Memory"]
    assert given["--memory-swap"] == given["--memory"]
    assert int(given["--pids-limit"]) == config["PidsLimit"]
    assert float(given["--cpus"]) * 1e9 == config["NanoCpus"]
    assert ("--read-only" in _WORDS) == config["ReadonlyRootfs"]


def test_the_command_comes_last() -> None:
    assert _WORDS[-2:] == ["sandbox-devcontainer:latest", "true"]


def test_without_bubblewrap_there_is_no_contestant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert bwrap(Path("/repository"), ["true"]) is None
