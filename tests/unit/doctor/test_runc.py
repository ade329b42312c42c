"""runc's versions against the advisories: upstream's, Debian's, Podman's, and no version at all."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from runner.doctor.finding import Level
from runner.doctor.runc import (
    ADVISORIES,
    Package,
    Runtime,
    installed_package,
    is_fixed,
    judged,
    parsed_changelog,
    parsed_version,
    runtime,
)

RELEASE = 1_000_000
BOOKWORM = "1.1.5+ds1-1+deb12u1"
CHANGELOG = f"""runc ({BOOKWORM}) bookworm-security; urgency=high

  * Team upload.
  * CVE-2024-21626: several container breakouts due to internally leaked fds

 -- Somebody <somebody@example.org>  Fri, 02 Feb 2024 21:53:05 +0800

runc (1.1.5+ds1-1) unstable; urgency=medium

  * New upstream version 1.1.5+ds1
    + CVE-2023-25809: rootless: `/sys/fs/cgroup` is writable
"""
PACKAGE = Package(BOOKWORM, frozenset({"CVE-2024-21626", "CVE-2023-25809"}))
TRIO = frozenset(ADVISORIES[1].cves)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("1.1.12", (1, 1, 12, RELEASE), id="a release"),
        pytest.param("v1.3.3", (1, 3, 3, RELEASE), id="with a v"),
        pytest.param("1.4.0-rc.3", (1, 4, 0, 3), id="a candidate"),
        pytest.param("1.4.0-rc.3+dev", (1, 4, 0, 3), id="a build of a candidate"),
        pytest.param("1.0.0~rc93+ds1", (1, 0, 0, 93), id="Debian's candidate"),
        pytest.param("1.0.0-rc95", (1, 0, 0, 95), id="an old candidate"),
        pytest.param("1.1.5+ds1", (1, 1, 5, RELEASE), id="Debian's"),
        pytest.param("1.3.3-0ubuntu1~24.04.2", (1, 3, 3, RELEASE), id="Ubuntu's"),
        pytest.param("", None, id="empty"),
        pytest.param("unknown", None, id="a word"),
    ],
)
def test_a_version_is_read(text: str, version: tuple[int, int, int, int] | None) -> None:
    assert parsed_version(text) == version


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        pytest.param("1.0.0~rc93+ds1", (False, False), id="1.0 candidate"),
        pytest.param("1.1.5+ds1", (False, False), id="1.1 before"),
        pytest.param("1.1.11", (False, False), id="one before the first fix"),
        pytest.param("1.1.12", (True, False), id="first fix"),
        pytest.param("1.1.15", (True, False), id="a line that got no second fix"),
        pytest.param("1.2.0-rc.1", (True, False), id="a candidate after the first fix"),
        pytest.param("1.2.7", (True, False), id="1.2 before"),
        pytest.param("1.2.8", (True, True), id="1.2 fixed"),
        pytest.param("1.3.2", (True, False), id="1.3 before, though above 1.2.8"),
        pytest.param("1.3.3-0ubuntu1~24.04.2", (True, True), id="1.3 fixed"),
        pytest.param("1.4.0-rc.2", (True, False), id="1.4 candidate before"),
        pytest.param("1.4.0-rc.3", (True, True), id="1.4 candidate fixed"),
        pytest.param("1.4.0", (True, True), id="1.4"),
        pytest.param("1.5.0-rc.1", (True, True), id="a later line"),
        pytest.param("2.0.0", (True, True), id="a later major version"),
    ],
)
def test_each_release_line_has_its_own_first_good_version(
    version: str, fixed: tuple[bool, bool]
) -> None:
    number = parsed_version(version)
    assert number is not None
    assert tuple(is_fixed(number, advisory) for advisory in ADVISORIES) == fixed


@pytest.mark.parametrize(
    ("found", "package", "levels"),
    [
        pytest.param(
            Runtime("runc", "1.3.3", "v1.3.3-0-gd842d771"), None, "ok ok", id="new enough"
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", BOOKWORM), PACKAGE, "ok weak", id="fix in the changelog"
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", BOOKWORM), None, "ok weak", id="known Debian build"
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", "1.1.5+ds1-1+deb12u9"),
            Package("1.1.5+ds1-1+deb12u9", PACKAGE.cves | TRIO),
            "ok ok",
            id="a later build that names all",
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", "1.1.5+ds1-1+b4"), None, "weak weak", id="unrepaired"
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", ""), PACKAGE, "ok weak", id="no build, same version"
        ),
        pytest.param(
            Runtime("runc", "1.1.4", "v1.1.4-0-g5fd4c4d1"),
            Package(BOOKWORM, PACKAGE.cves | TRIO),
            "weak weak",
            id="another runc than the package's",
        ),
        pytest.param(
            Runtime("runc", "1.1.5+ds1", BOOKWORM),
            Package(BOOKWORM, frozenset({"CVE-2025-31133"})),
            "ok weak",
            id="only one of three named",
        ),
        pytest.param(Runtime("runc", "", ""), None, "weak weak", id="no version"),
        pytest.param(Runtime("runc", "", ""), PACKAGE, "weak weak", id="no version but a package"),
        pytest.param(Runtime("crun", "1.14.3", ""), None, "ok", id="crun"),
        pytest.param(Runtime("runsc", "", ""), None, "ok", id="gVisor by default"),
    ],
)
def test_a_fix_is_believed_only_on_evidence(
    found: Runtime, package: Package | None, levels: str
) -> None:
    findings = judged(found, package)
    assert " ".join(finding.level for finding in findings) == levels
    for finding in findings:
        assert bool(finding.fix) == (finding.level is not Level.OK)


def test_the_doubt_says_what_it_rests_on() -> None:
    unnamed = judged(Runtime("runc", "1.1.5+ds1", BOOKWORM), PACKAGE)[1]
    unknown = judged(Runtime("runc", "1.1.4", ""), None)[1]
    assert unnamed.found == (
        "runc 1.1.5+ds1 looks older than the fix (1.2.8, 1.3.3, 1.4.0-rc.3), and the changelog of "
        f"the package {BOOKWORM} does not name it"
    )
    assert unknown.found == (
        "runc 1.1.4 looks older than the fix (1.2.8, 1.3.3, 1.4.0-rc.3); your distribution may "
        "have repaired it under the old number"
    )
    assert "https://security-tracker.debian.org/tracker/CVE-2025-31133" in unnamed.fix


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        pytest.param(
            {
                "DefaultRuntime": "runc",
                "Components": [
                    {"Name": "Engine", "Version": "20.10.24"},
                    {"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": BOOKWORM}},
                ],
            },
            Runtime("runc", "1.1.5+ds1", BOOKWORM),
            id="Docker",
        ),
        pytest.param(
            {
                "DefaultRuntime": "crun",
                "Components": [
                    {
                        "Name": "OCI Runtime (crun)",
                        "Version": "crun version 1.14.3\ncommit: 1961d211\nrundir: /run/crun",
                        "Details": {"Package": "crun_1.14.3-1_amd64"},
                    }
                ],
            },
            Runtime("crun", "1.14.3", ""),
            id="Podman with crun",
        ),
        pytest.param(
            {
                "DefaultRuntime": "runc",
                "Components": [
                    {"Name": "OCI Runtime (runc)", "Version": "runc version 1.1.12\ncommit: x"}
                ],
            },
            Runtime("runc", "1.1.12", ""),
            id="Podman with runc",
        ),
        pytest.param(
            {
                "DefaultRuntime": "runsc",
                "Components": [{"Name": "runc", "Version": "1.3.3", "Details": None}],
            },
            Runtime("runsc", "", ""),
            id="another default than the part that is listed",
        ),
        pytest.param({"Components": [{}]}, Runtime("runc", "", ""), id="parts without names"),
        pytest.param({"Components": None}, Runtime("runc", "", ""), id="null"),
        pytest.param({}, Runtime("runc", "", ""), id="missing"),
    ],
)
def test_the_runtime_is_found_in_the_engine_s_facts(facts: dict[str, Any], found: Runtime) -> None:
    assert runtime(facts) == found


def test_a_changelog_gives_its_newest_version_and_every_cve() -> None:
    assert parsed_changelog(CHANGELOG) == PACKAGE


@pytest.mark.parametrize("text", ["", "\n", "Changes of runc\n", "runc ()"])
def test_what_is_no_changelog_gives_nothing(text: str) -> None:
    assert parsed_changelog(text) is None


def test_the_installed_package_is_read_from_its_compressed_changelog(tmp_path: Path) -> None:
    file = tmp_path / "changelog.Debian.gz"
    assert installed_package(file) is None
    file.write_bytes(b"not compressed")
    assert installed_package(file) is None
    whole = gzip.compress(CHANGELOG.encode())
    file.write_bytes(whole[: len(whole) // 2])
    assert installed_package(file) is None
    file.write_bytes(whole)
    assert installed_package(file) == PACKAGE
