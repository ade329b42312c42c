"""What the scripts say: all of it on stderr, other programs' output only where it is of use."""

import subprocess
from pathlib import Path

LIBRARY = Path(__file__).parents[3] / "scripts/lib"


def bash(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    sources = "".join(f". {LIBRARY}/{name}.sh; " for name in ("steps", "packages", "engine"))
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; {sources}{script}"],
        env={"PATH": "/usr/bin:/bin", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_step_that_works_shows_one_line() -> None:
    done = bash("step 'Making it' sh -c 'echo out; echo err >&2'")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "sandbox: Making it\n")


def test_a_step_that_fails_shows_what_it_said_without_control_characters() -> None:
    done = bash(r"""step 'Making it' sh -c 'printf "\033[31mno \007room\n"; exit 3' || exit $?""")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "sandbox: Making it\n    no room\nsandbox: failed with exit code 3: Making it\n"
    )


def test_a_step_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    assert bash("step 'Making it' true", TMPDIR=str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_may_be_installed_the_message_says_what_to_install() -> None:
    done = bash("install_system_packages=no; install_packages 'An engine is needed.' some-engine")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("sandbox: An engine is needed.\n")
    assert "apt-get install some-engine" in done.stderr


def test_an_engine_the_user_named_is_never_replaced_by_another(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'cannot connect'\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    done = bash(
        "start_engine() { echo started; }; ensure_engine",
        PATH=f"{tmp_path}:/usr/bin:/bin",
        DOCKER_HOST="tcp://192.0.2.1:2375",
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert "No container engine answers at DOCKER_HOST=tcp://192.0.2.1:2375." in done.stderr
    assert "cannot connect" in done.stderr


def test_an_engine_of_this_machine_that_does_not_answer_is_started(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text(
        '#!/bin/sh\n[ "$1" != context ] || exec echo default\nexit 1\n'
    )
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "dockerd").symlink_to("docker")
    done = bash("start_engine() { echo started; }; ensure_engine", PATH=f"{tmp_path}:/usr/bin:/bin")
    assert (done.returncode, done.stdout) == (0, "started\n")
