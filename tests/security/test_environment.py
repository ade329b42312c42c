"""Nothing of the controller's own is visible inside: no variable, no folder, no file."""

import os
import subprocess
from pathlib import Path

import pytest

from runner import Sandbox
from tests.security.lab import REFUSED, Attempt, in_cell, running_unhardened, shell

pytestmark = pytest.mark.engine

SECRET = "s3cret-of-the-controller"
LOOK = shell(f"cat /proc/[0-9]*/environ 2>&- | tr '\\0' '\\n' | grep -c '={SECRET}$'")


def test_no_variable_of_the_controller_is_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_TEST_TOKEN", SECRET)
    plain = subprocess.run(
        ["printenv", "SANDBOX_TEST_TOKEN"], capture_output=True, text=True, check=True
    )
    assert plain.stdout == f"{SECRET}\n"

    with Sandbox(tmp_path, pool_size=0) as box:
        assert in_cell(box, ["printenv", "SANDBOX_TEST_TOKEN"]) == REFUSED
        assert in_cell(box, LOOK) == Attempt(succeeded=False, said="0\n")


OURS = {
    "HOME", "USER", "LOGNAME", "SANDBOX", "HOSTNAME", "PATH", "PWD", "LANG", "NODE_USE_ENV_PROXY",
    "NODE_OPTIONS",
    *(name for plain in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
      for name in (plain, plain.upper())), "SANDBOX_SOCKS_PROXY",
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS", "PIP_CERT", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE", "DENO_CERT",
}  # fmt: skip


def test_the_environment_holds_what_is_known_and_what_was_asked_for(box: Sandbox) -> None:
    result = box.run(["env"], environment={"ASKED": "for"})
    names = {line.partition("=")[0] for line in result.stdout.text().splitlines()}

    assert "ASKED" in names
    assert names - OURS == {"ASKED"}


def test_no_folder_of_the_user_is_visible(tmp_path: Path) -> None:
    for name in ("keys", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "keys/id").write_text("private")
    attack = shell(f"cat {tmp_path}/keys/id || cat ../keys/id || cat $OLDPWD/../keys/id")

    mounts = ("--network=none", f"--volume={tmp_path}:{tmp_path}")
    with running_unhardened(*mounts) as container:
        assert container.attempt(attack) == Attempt(succeeded=True, said="private")
    with Sandbox(tmp_path / "project", pool_size=0) as box:
        assert in_cell(box, attack) == REFUSED


def test_no_open_file_of_the_controller_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("private")
    (tmp_path / "project").mkdir()
    opened = os.open(tmp_path / "secret", os.O_RDONLY)
    os.set_inheritable(opened, True)
    attack = shell("readlink /proc/$$/fd/* | grep -q /secret; echo done")

    try:
        plain = subprocess.run(attack, capture_output=True, check=True, close_fds=False)
        with Sandbox(tmp_path / "project", pool_size=0) as box:
            confined = in_cell(box, attack)
    finally:
        os.close(opened)
    assert plain.stdout == b"done\n"
    assert confined == REFUSED
