"""Which bundle of certificates cells get to see."""

from pathlib import Path

import pytest

from runner.sandbox import ca_bundle
from runner.sandbox.ca_bundle import host_ca_bundle


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two usual places of a machine; neither exists yet."""
    places = (str(tmp_path / "first.pem"), str(tmp_path / "second.pem"))
    monkeypatch.setattr(ca_bundle, "_USUAL_PLACES", places)
    return tmp_path


def made(file: Path) -> Path:
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    return file


def test_a_machine_without_certificates_has_none(usual: Path) -> None:
    assert host_ca_bundle({}) is None


def test_the_first_usual_place_that_exists_is_taken(usual: Path) -> None:
    second = made(usual / "second.pem")
    assert host_ca_bundle({}) == second

    first = made(usual / "first.pem")
    assert host_ca_bundle({}) == first


def test_the_named_file_goes_before_the_usual_places(usual: Path) -> None:
    made(usual / "first.pem")
    named = made(usual / "company.pem")

    assert host_ca_bundle({"SSL_CERT_FILE": str(named)}) == named


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("company.pem", id="relative"),
        pytest.param("/nonexistent/company.pem", id="missing"),
        pytest.param("/", id="a-folder"),
    ],
)
def test_a_name_that_is_no_file_is_passed_over(
    usual: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(usual)
    made(usual / "company.pem")
    first = made(usual / "first.pem")

    assert host_ca_bundle({"SSL_CERT_FILE": name}) == first


def test_a_link_is_followed_since_a_mount_would_follow_it_too(usual: Path) -> None:
    real = made(usual / "real.pem")
    (usual / "first.pem").symlink_to(real)

    assert host_ca_bundle({}) == real
