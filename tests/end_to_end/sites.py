"""What is served to clients in a cell, made anew: repositories and a certificate."""

import hashlib
import os
import subprocess
from pathlib import Path

WORDS = "hello from the host\n"


def make_git_repository(bare: Path, home: Path) -> None:
    """One commit with the file `hello`, also for clients of plain files."""
    work = home / "work"
    work.mkdir()
    (work / "hello").write_text(WORDS)
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for command in (
        ("git", "init", "-q"),
        ("git", "add", "hello"),
        ("git", *identity, "commit", "-q", "-m", "first"),
        ("git", "clone", "-q", "--bare", str(work), str(bare)),
        ("git", "-C", str(bare), "update-server-info"),
    ):
        subprocess.run(command, cwd=work, env={**os.environ, "HOME": str(home)}, check=True)


def make_debian_repository(folder: Path) -> None:
    """A flat one with one package; apt looks into no package before it installs it."""
    folder.mkdir()
    package = WORDS.encode()
    (folder / "hello.deb").write_bytes(package)
    stanza = {
        "Package": "hello",
        "Version": "1",
        "Architecture": "all",
        "Maintainer": "t <t@example.com>",
        "Description": "says it",
        "Filename": "./hello.deb",
        "Size": str(len(package)),
        "SHA256": hashlib.sha256(package).hexdigest(),
    }
    (folder / "Packages").write_text("".join(f"{key}: {text}\n" for key, text in stanza.items()))


def make_certificate(folder: Path) -> Path:
    """A certificate for `localhost` that nobody trusts, with its key."""
    path = folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost",
         "-keyout", path, "-out", folder / "public.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + (folder / "public.pem").read_text())
    return path
