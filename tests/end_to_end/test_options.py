"""What the options of `sandbox run` give a command, and what it has without them."""

import os
from pathlib import Path

import pytest

from tests.availability import require_root
from tests.end_to_end.command import SandboxCommand

pytestmark = pytest.mark.engine


def test_the_workspace_is_the_current_folder_and_keeps_what_is_written(
    sandbox: SandboxCommand, workspace: Path
) -> None:
    (workspace / "given").write_text("given")

    ran = sandbox("run", "--", "sh", "-c", "pwd; cat given; echo made >made")

    assert ran.outcome == (0, b"/workspace\ngiven", b"")
    assert (workspace / "made").read_text() == "made\n"


def test_a_read_only_workspace_cannot_be_written(sandbox: SandboxCommand, workspace: Path) -> None:
    (workspace / "given").write_text("given")

    ran = sandbox("run", "--read-only", "--", "sh", "-c", "cat given; echo x >given; echo x >new")

    assert (ran.exit_code != 0, ran.stdout) == (True, b"given")
    assert ran.stderr.count(b"Read-only file system") == 2
    assert {path.name: path.read_text() for path in workspace.iterdir()} == {"given": "given"}


@pytest.mark.parametrize(
    "path", ["/etc/x", "/usr/bin/x", "/x", "/run/x", "/var/x", "/root/x", "/opt/x"]
)
def test_everything_but_the_workspace_is_read_only(sandbox: SandboxCommand, path: str) -> None:
    ran = sandbox("run", "--", "sh", "-c", f": >{path}")

    assert (ran.exit_code, ran.stdout) == (2, b"")


def test_temporary_folders_can_be_written_and_do_not_outlive_the_call(
    sandbox: SandboxCommand,
) -> None:
    script = 'cat "$HOME/x" /tmp/x; echo home >"$HOME/x"; echo tmp >/tmp/x; cat "$HOME/x" /tmp/x'

    outputs = [sandbox("run", "--", "sh", "-c", f"{{ {script}; }} 2>&-") for _ in range(2)]

    assert [ran.outcome for ran in outputs] == [(0, b"home\ntmp\n", b"")] * 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(["--env", "A=1"], b"1|unset", id="one"),
        pytest.param(["--env", "A=1", "--env", "B=2"], b"1|2", id="two"),
        pytest.param(["--env", "A=1", "--env", "A=3"], b"3|unset", id="the last wins"),
        pytest.param(["--env", "A="], b"|unset", id="empty"),
        pytest.param(["--env", "A=b=c $HOME 'x'\n"], b"b=c $HOME 'x'\n|unset", id="as it is"),
        pytest.param([], b"unset|unset", id="none of the host's"),
    ],
)
def test_variables_reach_the_command_and_the_hosts_do_not(
    sandbox: SandboxCommand, options: list[str], expected: bytes
) -> None:
    script = 'printf "%s|%s" "${A-unset}" "${B-unset}"'
    of_the_host = {"A": "host", "B": "host"} if not options else {}

    ran = sandbox("run", *options, "--", "sh", "-c", script, environment=of_the_host)

    assert ran.outcome == (0, expected, b"")


def test_nothing_of_the_hosts_environment_reaches_the_command(sandbox: SandboxCommand) -> None:
    secret = "a-value-nobody-else-has"

    ran = sandbox("run", "--", "cat", "/proc/self/environ", environment={"MY_TOKEN": secret})

    assert ran.exit_code == 0
    assert secret.encode() not in ran.stdout


def test_an_image_with_a_shell_and_little_else_is_enough(
    sandbox: SandboxCommand, workspace: Path, busybox_image: str
) -> None:
    script = 'cat; echo made >made; [ -z "$BASH_VERSION" ] && exit 3'

    ran = sandbox("run", "--image", busybox_image, "--", "sh", "-c", script, input=b"in")

    assert ran.outcome == (3, b"in", b"")
    assert (workspace / "made").read_text() == "made\n"


def test_a_program_the_image_lacks_is_not_found(
    sandbox: SandboxCommand, busybox_image: str
) -> None:
    assert sandbox("run", "--image", busybox_image, "--", "bash").exit_code == 127
    assert sandbox("run", "--", "bash", "-c", "exit 0").exit_code == 0


@pytest.mark.parametrize("owner", ["own", "another"])
def test_a_command_runs_as_the_owner_of_the_workspace(
    sandbox: SandboxCommand, workspace: Path, owner: str
) -> None:
    uid, gid = os.geteuid(), os.getegid()
    if owner == "another":
        require_root()
        uid, gid = 23456, 34567
        os.chown(workspace, uid, gid)

    ran = sandbox("run", "--", "sh", "-c", "id -u; id -g; id -G; echo >made; touch /tmp/x ~/x")

    assert ran.outcome == (0, f"{uid}\n{gid}\n{gid}\n".encode(), b"")
    made = (workspace / "made").stat()
    assert (made.st_uid, made.st_gid) == (uid, gid)


@pytest.mark.parametrize(
    ("pids", "started"), [pytest.param("16", False, id="few"), pytest.param("64", True, id="many")]
)
def test_the_process_limit_holds(sandbox: SandboxCommand, pids: str, started: bool) -> None:
    script = "for i in $(seq 30); do sleep 600 & done"

    ran = sandbox("run", "--pids", pids, "--", "sh", "-c", script)

    assert (ran.exit_code == 0) is started


@pytest.mark.parametrize(
    ("cpus", "quota"), [pytest.param("0.5", 0.5, id="half"), pytest.param("2", 2.0, id="two")]
)
def test_the_processor_limit_is_set(sandbox: SandboxCommand, cpus: str, quota: float) -> None:
    files = "/sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us"
    script = f"cat {files} /sys/fs/cgroup/cpu/cpu.cfs_period_us 2>/dev/null"

    words = sandbox("run", "--cpus", cpus, "--", "sh", "-c", script).stdout.split()

    assert int(words[0]) / int(words[1]) == quota
