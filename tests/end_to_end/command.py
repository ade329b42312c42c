"""The real `sandbox` command, as a subprocess."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EXECUTABLE = Path(sys.prefix) / "bin" / "sandbox"

PATIENCE_SECONDS = 120.0
"""How long a hanging command is waited for. Nothing is judged by it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A command line that has ended, and the process id of the controller it was."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    pid: int

    @property
    def said(self) -> str:
        """Standard error as one line, the way it read before it was wrapped."""
        return " ".join(self.stderr.decode().split())

    @property
    def outcome(self) -> tuple[int, bytes, bytes]:
        """Everything a caller sees."""
        return self.exit_code, self.stdout, self.stderr


class SandboxCommand:
    """Starts `sandbox` in a folder, with a home and an environment of its own."""

    def __init__(self, cwd: Path, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.cwd = cwd
        self.home = home
        # The engine stays the one of this machine's user, whose home is not visible any more.
        docker_config = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "DOCKER_CONFIG": docker_config,
            **(environment or {}),
        }

    def __call__(
        self,
        *arguments: str | bytes,
        cwd: Path | None = None,
        input: bytes = b"",  # noqa: A002 - as `subprocess.run` has it
        environment: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Completed:
        """Run `sandbox ARGUMENTS` to its end."""
        with self.started(*arguments, cwd=cwd, environment=environment, wrapper=wrapper) as process:
            try:
                stdout, stderr = process.communicate(input, patience_seconds)
            except BaseException:
                process.kill()
                raise
        return Completed(process.returncode, stdout, stderr, process.pid)

    def started(
        self,
        *arguments: str | bytes,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        stdin: int = subprocess.PIPE,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> "subprocess.Popen[bytes]":
        """Start `sandbox ARGUMENTS`; a `wrapper` is a program that becomes it (`setpriv …`)."""
        return subprocess.Popen(
            [*wrapper, EXECUTABLE, *arguments],
            cwd=cwd or self.cwd,
            env={**self.environment, **(environment or {})},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
        )


def read_until(process: "subprocess.Popen[bytes]", mark: bytes) -> bytes:
    """Standard output up to and with `mark`."""
    assert process.stdout is not None
    data = b""
    while not data.endswith(mark):
        piece = os.read(process.stdout.fileno(), 1)
        assert piece, f"ended before {mark!r}: {data!r}"
        data += piece
    return data


def finished(process: "subprocess.Popen[bytes]") -> Completed:
    """Wait for the end of a command that is not sent anything more."""
    with process:
        try:
            stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
        except BaseException:
            process.kill()
            raise
    return Completed(process.returncode, stdout, stderr, process.pid)
