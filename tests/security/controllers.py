"""Controllers that can be killed, and what is left of them."""

import os
import subprocess
import sys
from pathlib import Path

import runner

ROOT = Path(runner.__file__).parents[1]
ENTRY = "from runner.cli.entry import main; main()"


def environment() -> dict[str, str]:
    """For a process that has to find the package."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def started(folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A Python program in a folder."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def containers_of(process: int) -> list[str]:
    """The containers that a controller made, by the process number in their label."""
    shape = '{{.ID}} {{.Label "sandbox.controller"}}'
    command = ["docker", "ps", "-a", "--filter", "label=sandbox.session", "--format", shape]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if f":{process}:" in line]


def folders_of(process: int) -> list[Path]:
    """The private folders of a controller's sessions."""
    places = {Path("/tmp"), Path(os.environ.get("XDG_RUNTIME_DIR", "/tmp"))}
    owned = []
    for place in places:
        for note in place.glob("sandbox-*/controller"):
            try:
                text = note.read_text()
            except OSError:
                continue  # another session's, ending just now
            if f":{process}:" in text:
                owned.append(note.parent)
    return owned


def collect(folder: Path) -> None:
    """`sandbox gc`."""
    command = [sys.executable, "-c", ENTRY, "gc"]
    subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)


def is_gone(process: int, folder: Path) -> bool:
    """Whether a controller has left nothing, once its leftovers have been collected."""
    collect(folder)
    return not containers_of(process) and not folders_of(process)
