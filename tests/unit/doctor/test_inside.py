"""The kernel's files as a cell sees them, each promise kept and broken."""

import subprocess

import pytest

from runner.doctor import inside
from runner.doctor.finding import Finding, Level

STATUS = """Name:\tcat
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1"""
DEVICES = """Inter-|   Receive                    |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
    lo:       0       0    0    0    0     0          0         0        0       0"""
MOUNTS = """115 65 0:50 / / ro,relatime master:3 - overlay overlay rw,lowerdir=/var/lib
116 115 0:53 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw"""
CONFINED = {inside.STATUS: STATUS, inside.DEVICES: DEVICES, inside.MOUNTS: MOUNTS}


def test_a_confined_cell_has_nothing_wrong() -> None:
    assert [finding.level for finding in inside.judged(CONFINED)] == [Level.OK] * 5


def test_a_cell_that_shows_nothing_is_not_believed() -> None:
    assert [finding.level for finding in inside.judged({})] == [Level.BROKEN] * 5


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        pytest.param(
            inside.STATUS, STATUS.replace("Seccomp:\t2", "Seccomp:\t0"), "seccomp", id="no filter"
        ),
        pytest.param(
            inside.STATUS,
            STATUS.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0"),
            "no new privileges",
            id="new privileges",
        ),
        pytest.param(
            inside.STATUS,
            STATUS.replace("CapEff:\t0000000000000000", "CapEff:\t00000000a80425fb"),
            "capabilities",
            id="effective capabilities",
        ),
        pytest.param(
            inside.STATUS,
            STATUS.replace("CapBnd:\t0000000000000000", "CapBnd:\t0000000000000001"),
            "capabilities",
            id="a capability to gain",
        ),
        pytest.param(
            inside.STATUS,
            STATUS.replace("CapAmb:\t0000000000000000\n", ""),
            "capabilities",
            id="one set missing",
        ),
        pytest.param(
            inside.MOUNTS, MOUNTS.replace("/ / ro,", "/ / rw,"), "root file system", id="writable"
        ),
        pytest.param(
            inside.MOUNTS,
            MOUNTS + "\n200 115 0:60 / / rw,relatime - overlay overlay ro",
            "root file system",
            id="a writable one on top",
        ),
        pytest.param(inside.DEVICES, DEVICES + "\n  eth0: 1 2 3", "network", id="a network device"),
        pytest.param(inside.DEVICES, DEVICES.replace("lo:", "eth0:"), "network", id="no loopback"),
    ],
)
def test_each_broken_promise_is_found_alone(path: str, content: str, name: str) -> None:
    findings = inside.judged({**CONFINED, path: content})
    assert [finding.name for finding in findings if finding.level is not Level.OK] == [name]


def test_the_kernel_s_own_tunnels_are_no_way_out() -> None:
    seen = {inside.DEVICES: DEVICES + "\n tunl0: 0 0\n  sit0: 0 0"}
    assert inside.network(seen).level is Level.OK


@pytest.mark.parametrize(
    ("label", "has_it", "expected"),
    [
        pytest.param(
            "docker-default (enforce)",
            True,
            (Level.OK, "AppArmor", "a cell runs under the profile docker-default (enforce)"),
            id="AppArmor",
        ),
        pytest.param(
            "docker-default (complain)",
            True,
            (Level.WEAK, "AppArmor", "not confining a cell (docker-default (complain))"),
            id="a profile that only complains",
        ),
        pytest.param(
            "unconfined",
            True,
            (Level.WEAK, "AppArmor", "not confining a cell (unconfined)"),
            id="unconfined",
        ),
        pytest.param(
            "", False, (Level.WEAK, "AppArmor", "not confining a cell (no label)"), id="no AppArmor"
        ),
        pytest.param(
            "system_u:system_r:container_t:s0:c1,c2\0",
            False,
            (Level.OK, "SELinux", "a cell runs as system_u:system_r:container_t:s0:c1,c2"),
            id="SELinux",
        ),
        pytest.param(
            "unconfined_u:unconfined_r:unconfined_t:s0",
            False,
            (
                Level.WEAK,
                "AppArmor",
                "not confining a cell (unconfined_u:unconfined_r:unconfined_t:s0)",
            ),
            id="SELinux that confines nothing",
        ),
        pytest.param(
            "system_u:system_r:spc_t:s0",
            False,
            (Level.WEAK, "AppArmor", "not confining a cell (system_u:system_r:spc_t:s0)"),
            id="SELinux's super privileged container",
        ),
    ],
)
def test_a_second_wall_is_known_by_the_label_it_gives(
    label: str, has_it: bool, expected: tuple[Level, str, str]
) -> None:
    finding = inside.access_control({inside.LABEL: label}, kernel_has_apparmor=has_it)
    assert (finding.level, finding.name, finding.found) == expected


def test_the_fix_for_apparmor_depends_on_the_kernel() -> None:
    def fix(*, has_it: bool) -> Finding:
        return inside.access_control({}, kernel_has_apparmor=has_it)

    assert "apt install apparmor" in fix(has_it=True).fix
    assert "kernel command line" in fix(has_it=False).fix


def test_the_script_s_output_is_read_back_by_path() -> None:
    command = ["/bin/sh", "-c", inside.SCRIPT]
    # Its exit code is that of the last file, which not every machine has.
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    seen = inside.files(ran.stdout)
    assert seen[inside.STATUS].startswith("Name:")
    assert "lo:" in seen[inside.DEVICES]
    assert len(seen) == 7


def test_output_without_marks_holds_no_file() -> None:
    assert inside.files("sh: cannot fork\n") == {}
