"""Runs the real `cell.sh` under the shells that images have, outside of any container.

There, its `kill -s KILL -- -1` would end every process of this machine. The text is replaced, and
nothing runs unless the replacement is proved.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import runner.sandbox

KILL = "kill -s KILL -- -1"
NEUTRAL = ": nobody is killed here"

_PROGRAMS = {
    "sh": ("/bin/sh",),
    "dash": ("dash",),
    "bash": ("bash",),
    "bash-as-sh": ("bash", "--posix"),
    "busybox": ("busybox", "sh"),
}

SHELLS = [
    pytest.param(
        program,
        id=name,
        marks=pytest.mark.skipif(
            shutil.which(program[0]) is None, reason=f"{program[0]} is not installed"
        ),
    )
    for name, program in _PROGRAMS.items()
]


def cell_script(**replaced: str) -> str:
    """The text of `cell.sh` that is safe to run here, with further texts replaced."""
    text = (Path(runner.sandbox.__file__).parent / "cell.sh").read_text()
    assert text.count(KILL) == 2, "cell.sh has changed: look at what it kills before running it"
    text = text.replace(KILL, NEUTRAL)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert re.search(r"\bkill\b", code.replace("# whatever", "")) is None
    for old, new in {"/run/sandbox/alive": "/nonexistent/alive", **replaced}.items():
        assert old in text, f"cell.sh no longer says {old}"
        text = text.replace(old, new)
    return text


def run_cell(
    shell: tuple[str, ...], given: bytes, *arguments: str, script: str = "", locale: str = "C"
) -> subprocess.CompletedProcess[bytes]:
    """Run it in a mode ("park", "terminal PROXY COMMAND..."), with this standard input."""
    words = [*shell, "-c", script or cell_script(), "sandbox", *arguments]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": locale}
    return subprocess.run(
        words, input=given, env=environment, capture_output=True, timeout=120, check=False
    )


def parked(
    shell: tuple[str, ...], given: bytes, *, script: str = "", locale: str = "C"
) -> tuple[bytes, bytes]:
    """What a parked cell writes after it was ready."""
    done = run_cell(shell, given, "park", script=script, locale=locale)
    mounts, ready, output = done.stdout.partition(b"ready\n")
    assert ready, (mounts, done.stderr)
    return output, done.stderr
