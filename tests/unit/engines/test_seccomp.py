"""The filter, as text: what must never be in it, and what nothing runs without."""

import json
from typing import Any

import pytest

from runner.engines.seccomp import profile

RULES: list[dict[str, Any]] = json.loads(profile())["syscalls"]
ALLOWED = [rule for rule in RULES if rule["action"] == "SCMP_ACT_ALLOW"]


def rules_of(name: str) -> list[dict[str, Any]]:
    return [rule for rule in RULES if name in rule["names"]]


def test_what_is_not_listed_is_refused() -> None:
    assert json.loads(profile())["defaultAction"] == "SCMP_ACT_ERRNO"


def test_only_the_machine_s_own_architecture_is_named() -> None:
    assert not {"architectures", "archMap"} & json.loads(profile()).keys()


# What Docker's default gives only to a container with a capability (moby, default.json), or never.
_POWERFUL = """
acct add_key bpf chroot clock_settime delete_module fanotify_init finit_module fsconfig fsmount
fsopen fspick get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl
kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount mount_setattr move_mount
move_pages nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root
process_madvise quotactl quotactl_fd reboot request_key set_mempolicy setdomainname sethostname
setns settimeofday stime swapoff swapon syslog umount umount2 unshare userfaultfd vhangup vm86
"""


@pytest.mark.parametrize("name", _POWERFUL.split())
def test_a_powerful_call_is_not_allowed(name: str) -> None:
    assert not [rule for rule in ALLOWED if name in rule["names"]]


@pytest.mark.parametrize("name", ["clone3", "io_uring_setup"])
def test_what_programs_do_without_is_said_not_to_exist(name: str) -> None:
    assert [(rule["action"], rule["errnoRet"]) for rule in rules_of(name)] == [
        ("SCMP_ACT_ERRNO", 38)
    ]


@pytest.mark.parametrize("name", ["clone", "personality", "socket", "socketpair"])
def test_a_call_with_harmful_forms_is_allowed_in_named_ones_only(name: str) -> None:
    assert rules_of(name)
    assert all(rule["args"] for rule in rules_of(name))


@pytest.mark.parametrize("name", ["execve", "futex", "openat", "prctl", "rt_sigreturn", "write"])
def test_what_every_program_needs_is_allowed(name: str) -> None:
    assert [rule["action"] for rule in rules_of(name)] == ["SCMP_ACT_ALLOW"]


def test_no_call_is_listed_twice() -> None:
    plain = [name for rule in RULES if "args" not in rule for name in rule["names"]]

    assert len(plain) == len(set(plain))
