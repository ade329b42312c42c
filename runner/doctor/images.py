"""The two images every call needs: whether the engine has them, made from this checkout."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.doctor.finding import Finding, broken, ok, weak
from runner.errors import ImageMissing
from runner.interfaces import Engine

INPUTS = "sandbox.inputs"
"""The label by which `scripts/build-images` says what an image was made from."""

_BUILD = "`./scripts/build-images` makes it (it takes a few minutes, once)."


@dataclass(frozen=True, slots=True)
class Needed:
    """An image, what it is for, and the folders below `images/` that it is made from."""

    reference: str
    why: str
    folders: tuple[str, ...]


NEEDED = (
    Needed(
        "sandbox-devcontainer:latest",
        "A command runs in it unless --image names another.",
        ("base", "devcontainer"),
    ),
    Needed(
        "sandbox-pod:latest",
        "Every session's way to the network starts in it.",
        ("base", "pod"),
    ),
)


def looked_at(engine: Engine, checkout: Path) -> Iterator[Finding]:
    """One finding per image; `checkout` may or may not hold `images/`."""
    for needed in NEEDED:
        try:
            image = engine.image(needed.reference)
        except ImageMissing:
            yield missing(needed)
            continue
        made_from = image.labels.get(INPUTS, "")
        yield present(needed, made_from, expected_inputs(checkout, needed.folders))


def missing(needed: Needed) -> Finding:
    """The engine does not have it."""
    return broken(f"image {needed.reference}", "missing", needed.why, _BUILD)


def present(needed: Needed, made_from: str | None, expected: str | None) -> Finding:
    """The engine has it. `made_from` is its label, empty when it has none; `expected` what the
    label of one made from this checkout is. `None`: not known, as in an installed package.
    """
    name = f"image {needed.reference}"
    if made_from is None or expected is None:
        return ok(name, "present; made from what is not known", needed.why)
    if made_from == expected:
        return ok(name, "present, made from this checkout", needed.why)
    how = "from other inputs than this checkout's" if made_from else "from inputs it does not name"
    return weak(name, f"present, but made {how}", needed.why, _BUILD)


def expected_inputs(checkout: Path, folders: tuple[str, ...]) -> str | None:
    """The hash that `inputs` in `scripts/lib/images.sh` makes: SHA-256 over the lines that
    `sha256sum` prints for every file but `*.md`, sorted by path.
    """
    images = checkout / "images"
    if not all((images / folder).is_dir() for folder in folders):
        return None
    paths = [path for folder in folders for path in (images / folder).rglob("*")]
    kept = [path for path in paths if path.suffix != ".md" and path.is_file()]
    named = sorted((str(path.relative_to(images)), path) for path in kept if not path.is_symlink())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in named]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
