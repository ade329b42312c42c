"""Certificates, disk and kernel of the machine."""

from pathlib import Path

import pytest

from runner.doctor import host
from runner.doctor.finding import Level

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
GIB = 1024**3


@pytest.mark.parametrize(
    ("bundle", "certificates", "level", "found"),
    [
        pytest.param(BUNDLE, 140, Level.OK, f"{BUNDLE}, 140 certificates", id="good"),
        pytest.param(BUNDLE, 0, Level.BROKEN, f"{BUNDLE} holds no certificate", id="empty"),
        pytest.param(BUNDLE, None, Level.BROKEN, f"{BUNDLE} cannot be read", id="unreadable"),
        pytest.param(
            None, None, Level.WEAK, "this machine has none in the usual places", id="none"
        ),
    ],
)
def test_a_bundle_has_to_be_there_and_readable(
    bundle: Path | None, certificates: int | None, level: Level, found: str
) -> None:
    finding = host.judged_bundle(bundle, certificates, "")
    assert (finding.level, finding.found) == (level, found)


def test_a_bundle_that_was_named_but_is_not_there_is_said(tmp_path: Path) -> None:
    named = str(tmp_path / "absent.crt")
    assert host.judged_bundle(BUNDLE, 140, named).level is Level.WEAK


def test_the_bundle_that_the_environment_names_is_counted(tmp_path: Path) -> None:
    bundle = tmp_path / "own.crt"
    bundle.write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n" * 3)
    finding = host.ca_bundle({"SSL_CERT_FILE": str(bundle)})
    assert (finding.level, finding.found) == (Level.OK, f"{bundle}, 3 certificates")


@pytest.mark.parametrize(
    ("free", "level", "found"),
    [
        pytest.param(2 * GIB, Level.OK, "2.0 GiB free at /here", id="enough"),
        pytest.param(2 * GIB - 1, Level.WEAK, "2.0 GiB free at /here", id="scarce"),
        pytest.param(GIB // 4, Level.WEAK, "0.2 GiB free at /here", id="nearly none"),
        pytest.param(0, Level.BROKEN, "0.0 GiB free at /here", id="none"),
        pytest.param(None, Level.OK, "/here cannot be seen from here", id="elsewhere"),
    ],
)
def test_disk_space_is_judged_by_what_is_free(free: int | None, level: Level, found: str) -> None:
    finding = host.judged_disk("disk", "/here", free)
    assert (finding.level, finding.found) == (level, found)


def test_a_folder_that_is_not_here_is_a_fact(tmp_path: Path) -> None:
    assert host.disk("disk", str(tmp_path / "absent")).level is Level.OK
    assert host.disk("disk", "").found == "its folder cannot be seen from here"
    assert host.disk("disk", str(tmp_path)).found.endswith(f"GiB free at {tmp_path}")


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        pytest.param({}, "no setting forbids", id="a kernel without the settings"),
        pytest.param({"user/max_user_namespaces": "96365"}, "no setting forbids", id="many"),
        pytest.param(
            {"user/max_user_namespaces": "0"}, "user/max_user_namespaces forbids", id="none"
        ),
        pytest.param(
            {"kernel/unprivileged_userns_clone": "0"},
            "kernel/unprivileged_userns_clone forbids",
            id="Debian's switch",
        ),
        pytest.param(
            {"kernel/apparmor_restrict_unprivileged_userns": "1"},
            "kernel/apparmor_restrict_unprivileged_userns forbids",
            id="Ubuntu's switch",
        ),
    ],
)
def test_user_namespaces_are_a_fact(settings: dict[str, str], verdict: str) -> None:
    finding = host.judged_kernel("6.1.0", settings)
    assert finding.level is Level.OK
    assert finding.found == f"Linux 6.1.0; {verdict} user namespaces"


def test_the_kernel_s_settings_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "max_user_namespaces").write_text("0\n")
    assert "user/max_user_namespaces forbids" in host.kernel(tmp_path).found


@pytest.mark.parametrize(("content", "has_it"), [("Y\n", True), ("N\n", False)])
def test_apparmor_is_on_when_its_module_says_so(tmp_path: Path, content: str, has_it: bool) -> None:
    (tmp_path / "enabled").write_text(content)
    assert host.kernel_has_apparmor(tmp_path / "enabled") is has_it
    assert not host.kernel_has_apparmor(tmp_path / "absent")
