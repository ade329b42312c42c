"""The package registries that this machine's own clients are set up for, read at run time."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from tests.availability import cannot_run

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")

# What pip falls back to without a configured index: its address, and where its files are.
_DEFAULTS = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)\n"
_DEFAULTS += "print(PyPI.file_storage_domain)"


def host_of(url: str) -> str:
    """The host of a URL, with its port where the URL has one."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def python_index() -> str:
    """The address of pip's package index."""
    return _settings().get("index-url") or _default_index()[0]


def python_hosts() -> list[str]:
    """The hosts a `pip install` contacts: the index, and where the default one keeps files."""
    default, files = _default_index()
    index = python_index()
    return [host_of(index), *([files] if host_of(index) == host_of(default) else [])]


def npm_registry() -> str:
    """The address of npm's registry; empty when the host has no npm."""
    if shutil.which("npm") is None:
        return ""
    ran = subprocess.run(
        ["npm", "config", "get", "registry"], capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def require_answer(url: str) -> None:
    """The registry answers to the host itself; what a cell gets is for the test to say."""
    try:
        with urlopen(url, timeout=60):
            return
    except OSError as error:
        cannot_run(f"the registry does not answer: {error}")


def source_of(requirement: str, folder: Path) -> Path:
    """The unpacked source distribution of a package, fetched with the host's pip."""
    fetched = folder / "fetched"
    only_source = ("--no-deps", "--no-binary", ":all:", "--quiet")
    download = (*PIP, "download", *only_source, "--dest", str(fetched), requirement)
    ran = subprocess.run(download, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        cannot_run(f"pip could not fetch {requirement}: {ran.stderr[-500:]}")
    (archive,) = fetched.iterdir()
    # Python 3.11 has the filter from 3.11.4 on, which Debian 12's is older than.
    if hasattr(tarfile, "data_filter"):
        shutil.unpack_archive(archive, folder / "unpacked", filter="data")
    else:
        shutil.unpack_archive(archive, folder / "unpacked")
    (project,) = (folder / "unpacked").iterdir()
    return project


def _settings() -> dict[str, str]:
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=True)
    pairs = (line.partition("=") for line in listed.stdout.splitlines())
    # A file of the user wins over one of the machine, the environment over both: in this order.
    return {name.rpartition(".")[2]: text.strip("'\"") for name, _, text in pairs}


def _default_index() -> tuple[str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", _DEFAULTS], capture_output=True, text=True, check=True
    )
    index, files = ran.stdout.split()
    return index, files
