"""The system calls a container may make: an allow-list, stricter than the engine's own.

Docker's default profile is the measure (moby, profiles/seccomp/default.json): nothing is allowed
here that it refuses to a container without capabilities. Refused beyond it:

- io_uring, whose requests pass by every such filter (moby 25 refuses it too);
- sockets other than unix, IPv4, IPv6 and netlink: AF_VSOCK belongs to no network namespace and
  reaches the hypervisor, AF_ALG and the rest are kernel code that nothing here needs;
- the calls of every architecture but the machine's own (int 0x80, x32): a filter that names an
  argument by number can be passed by through another numbering. A 32-bit program does not run.

What is not listed fails with EPERM; what a program replaces by older calls, with ENOSYS.
"""

import json
from functools import cache
from typing import Any

_FILES = """
access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat
faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync
fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat getcwd
getdents getdents64 getxattr getxattrat ioctl lchown lgetxattr link linkat listxattr listxattrat
llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat mknod mknodat name_to_handle_at
newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile
setxattr setxattrat splice stat statfs statx symlink symlinkat sync sync_file_range
sync_file_range2 syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice write
writev
"""
_WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
io_getevents io_pgetevents io_setup io_submit pause poll ppoll pselect6 select signalfd signalfd4
timerfd_create timerfd_gettime timerfd_settime
"""
_MEMORY = """
brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2
mlockall mmap mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free
pkey_mprotect process_mrelease remap_file_pages
"""
_PROCESSES = """
alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_requeue futex_wait
futex_waitv futex_wake get_robust_list get_thread_area getcpu getegid geteuid getgid getgroups
getitimer getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit
getrusage getsid gettid getuid ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
landlock_restrict_self modify_ldt pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall
riscv_flush_icache rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer
setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid setuid sigaltstack
sysinfo tgkill times tkill uname vfork wait4 waitid
"""
_TIME = """
adjtimex clock_adjtime clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time
timer_create timer_delete timer_getoverrun timer_gettime timer_settime
"""
_MESSAGES = """
accept accept4 bind connect getpeername getsockname getsockopt listen mq_getsetattr mq_notify
mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd pipe pipe2 recvfrom
recvmmsg recvmsg semctl semget semop semtimedop sendmmsg sendmsg sendto setsockopt shmat shmctl
shmdt shmget shutdown
"""
_DEBUGGING = "process_vm_readv process_vm_writev ptrace"
_NOT_THERE = "clone3 io_uring_enter io_uring_register io_uring_setup"
"""clone3 because no filter sees its flags, which are in memory: libraries fall back to clone."""

_ALLOW = "SCMP_ACT_ALLOW"
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_NEW_NAMESPACES = 0x7E020000
"""The flags CLONE_NEW* of clone(2), except CLONE_NEWTIME, which clone does not take."""
_PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
"""personality(2): Linux, as if of version 2.6 or 32 bits, and asking. No READ_IMPLIES_EXEC and no
ADDR_NO_RANDOMIZE."""
_ENOSYS = 38


@cache
def profile() -> str:
    """In the format of `docker run --security-opt seccomp=FILE`, which the engine works out for
    its own architecture; about 6 KB.

    Where the first argument of clone is not its flags (s390x) clone is not allowed, so that no
    container starts there.
    """
    plain = f"{_FILES} {_WAITING} {_MEMORY} {_PROCESSES} {_TIME} {_MESSAGES}"
    rules = [
        _rule(plain),
        # Before Linux 4.8 a tracer could change a call after it was judged.
        _rule(_DEBUGGING, includes={"minKernel": "4.8"}),
        _rule(_NOT_THERE, action="SCMP_ACT_ERRNO", errnoRet=_ENOSYS),
        _rule("clone", args=[_masked(_NEW_NAMESPACES)], excludes={"arches": ["s390", "s390x"]}),
        _rule("socketpair", args=[_equal(_AF_UNIX)]),
    ]
    rules += [
        _rule("socket", args=[_equal(family)])
        for family in (_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK)
    ]
    rules += [_rule("personality", args=[_equal(value)]) for value in _PERSONALITIES]
    # Without a list of architectures it is the machine's own and no other.
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules}, separators=(",", ":"))


def _rule(names: str, action: str = _ALLOW, **conditions: object) -> dict[str, Any]:
    return {"names": names.split(), "action": action, **conditions}


def _equal(value: int) -> dict[str, Any]:
    return {"index": 0, "value": value, "op": "SCMP_CMP_EQ"}


def _masked(mask: int) -> dict[str, Any]:
    """The argument has none of these bits."""
    return {"index": 0, "value": mask, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
