"""runc against the published ways out of a container.

Distributions repair old versions without a new number, so an old number proves nothing by itself.
What does prove it, on Debian and its kin, is the changelog of the installed package, which names
the CVEs it fixes: Debian's runc 1.1.5+ds1-1+deb12u1 has the fix that upstream has since 1.1.12.
"""

import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from runner.doctor.engine import Facts, components, text
from runner.doctor.finding import Finding, ok, weak

Version = tuple[int, int, int, int]
"""Major, minor, patch, release candidate; a release counts as a very late candidate."""

_RELEASE = 1_000_000
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-~.]?rc\.?(\d+))?")
_CHANGELOG = Path("/usr/share/doc/runc/changelog.Debian.gz")


@dataclass(frozen=True, slots=True)
class Advisory:
    """A hole. `fixed` holds the first good version of each release line that got one; `debian`
    package versions known to have the fix in spite of their number.
    """

    cves: tuple[str, ...]
    fixed: tuple[str, ...]
    debian: tuple[str, ...]
    why: str


ADVISORIES = (
    Advisory(
        # runc security advisory GHSA-xr7r-f8xq-vfvv; Debian: the package's own changelog
        ("CVE-2024-21626",),
        ("1.1.12",),
        ("1.1.5+ds1-1+deb12u1",),
        "An image could start with a working directory on the host.",
    ),
    Advisory(
        # GHSA-9493-h29p-rfm2, GHSA-qw9x-cqr3-wc7r, GHSA-cgrx-mc8f-2prm; runc's CHANGELOG.md
        ("CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"),
        ("1.2.8", "1.3.3", "1.4.0-rc.3"),
        (),
        "While it starts, a container could get files of the host's /proc to write to.",
    ),
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The program that starts containers: "runc", "crun"…; `build` is the packager's version or
    a commit, whatever the engine says; both may be empty.
    """

    name: str
    version: str
    build: str


@dataclass(frozen=True, slots=True)
class Package:
    """The installed Debian package of runc: its version, and the CVEs its changelog names."""

    version: str
    cves: frozenset[str]


def runtime(facts: Facts) -> Runtime:
    """The engine's default runtime: Docker calls the part "runc", Podman "OCI Runtime (crun)"."""
    default = text(facts, "DefaultRuntime") or "runc"
    for part in components(facts):
        name = str(part.get("Name", "")).removeprefix("OCI Runtime (").removesuffix(")")
        if name in {default, "runc", "crun"}:
            details = part.get("Details")
            build = details.get("GitCommit", "") if isinstance(details, dict) else ""
            # Podman's text is what `runc --version` prints: several lines, the name in front.
            lines = str(part.get("Version", "")).removeprefix(f"{name} version ").splitlines()
            return Runtime(default, lines[0] if lines and name == default else "", str(build))
    return Runtime(default, "", "")


def installed_package(changelog: Path = _CHANGELOG) -> Package | None:
    """Read the package's changelog; `None` where there is none that can be read."""
    try:
        return parsed_changelog(gzip.decompress(changelog.read_bytes()).decode(errors="replace"))
    except (OSError, EOFError, zlib.error):
        return None


def parsed_changelog(changelog: str) -> Package | None:
    """The newest version in a changelog (deb-changelog(5)), and every CVE named in it."""
    found = re.match(r"\S+ \(([^)\s]+)\)", changelog)
    if found is None:
        return None
    return Package(found[1], frozenset(re.findall(r"CVE-\d{4}-\d{4,}", changelog)))


def judged(found: Runtime, package: Package | None) -> list[Finding]:
    """One finding per advisory; one in all for a runtime that is not runc."""
    if found.name != "runc":
        said = f"{found.name} {found.version}".strip() + ", so runc's advisories do not apply"
        return [ok("runtime", said, "It is what puts a process into its container.")]
    ours = package if package is not None and _is_build_of(package, found) else None
    return [_judged(advisory, found, ours) for advisory in ADVISORIES]


def _judged(advisory: Advisory, found: Runtime, package: Package | None) -> Finding:
    name = f"runc {', '.join(advisory.cves)}"
    number = parsed_version(found.version)
    if number is None:
        said = f"the engine does not say which runc it uses ({found.version or 'no version'})"
        return weak(name, said, advisory.why, _fix(advisory))
    if is_fixed(number, advisory):
        return ok(name, f"fixed in {found.version}", advisory.why)
    build = package.version if package is not None else found.build
    if package is not None and package.cves.issuperset(advisory.cves):
        return ok(name, f"fixed, says the changelog of {build}", advisory.why)
    if build in advisory.debian:
        return ok(name, f"fixed by Debian in {build}", advisory.why)
    return weak(name, _doubt(advisory, found, package), advisory.why, _fix(advisory))


def _doubt(advisory: Advisory, found: Runtime, package: Package | None) -> str:
    older = f"runc {found.version} looks older than the fix ({', '.join(advisory.fixed)})"
    if package is not None:
        return f"{older}, and the changelog of the package {package.version} does not name it"
    return f"{older}; your distribution may have repaired it under the old number"


def _fix(advisory: Advisory) -> str:
    return (
        "Update the package that brings runc (`runc` or `containerd.io`). Where there is no newer "
        "one, see your distribution's security tracker; Debian's is "
        f"https://security-tracker.debian.org/tracker/{advisory.cves[0]}"
    )


def is_fixed(number: Version, advisory: Advisory) -> bool:
    """Whether upstream's version has the fix: at least its own line's first good one, or of a
    newer line than every line that needed one.
    """
    good = [fixed for text in advisory.fixed if (fixed := parsed_version(text)) is not None]
    for fixed in good:
        if fixed[:2] == number[:2]:
            return number >= fixed
    return number[:2] > max(good)[:2]


def parsed_version(version: str) -> Version | None:
    """Upstream's part of a version, Debian's spellings included ("1.0.0~rc93+ds1", "1.1.5+ds1")."""
    found = _VERSION.match(version.strip().removeprefix("v"))
    if found is None:
        return None
    major, minor, patch = (int(part) for part in found.groups()[:3])
    return major, minor, patch, int(found[4]) if found[4] else _RELEASE


def _is_build_of(package: Package, found: Runtime) -> bool:
    # Another runc may stand beside the package's (Docker's own in containerd.io, one in a VM).
    if found.build:
        return found.build == package.version
    return package.version.rpartition("-")[0] == found.version
