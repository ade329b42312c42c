"""What all contestants of a run share: a workspace like a real one, and the same confinement."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILES_PER_FOLDER = 2
_AGED_SECONDS = 1.0
"""What changed a moment ago is looked at more closely than what has rested: let all of it rest."""


@contextmanager
def workspace(folders: int) -> Iterator[Path]:
    """A git repository with this many folders of source text; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as made:
        root = Path(made).resolve()
        subprocess.run(
            ["git", "init", "--quiet", "--initial-branch=main", str(root)],
            check=True,
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull},
        )
        for number in range(folders):
            # Ten to a folder, as in source trees: some are parents, most are leaves.
            folder = root.joinpath("src", *(f"part{digit}" for digit in str(number)))
            folder.mkdir(parents=True, exist_ok=True)
            for name in range(_FILES_PER_FOLDER):
                (folder / f"module{name}.py").write_text("answer = 42\n")
        time.sleep(_AGED_SECONDS)
        yield root
