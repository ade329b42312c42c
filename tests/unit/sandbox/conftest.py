"""A runtime folder as real ones are: with a short path, since a socket's path has to fit."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def runtime() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sbx-"))
    yield folder
    shutil.rmtree(folder)
