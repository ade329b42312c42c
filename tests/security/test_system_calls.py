"""What the kernel can be asked for by number: the calls that lead past every other guard."""

import platform

import pytest

from runner import Sandbox
from tests.security.lab import DONE, REFUSED, Attempt, Unhardened, in_cell, python, shell

pytestmark = pytest.mark.engine

CALL = """
import ctypes, mmap, os, socket, struct
c = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    answer = c.syscall(ctypes.c_long(number), *(
        ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_void_p(a) for a in arguments
    ))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return answer
block = ctypes.create_string_buffer(256)
here = ctypes.addressof(block)
"""
# Numbers below 424 differ between architectures: (x86-64, arm64).
NUMBERS = {
    "add_key": (248, 217),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
}
CLONE3, IO_URING_SETUP, OPEN_TREE, FSOPEN = 435, 425, 428, 430


def _number(name: str) -> int:
    return NUMBERS[name][0 if platform.machine() == "x86_64" else 1]


ATTACKS = {
    "io_uring": f"call({IO_URING_SETUP}, 4, here)",
    "a new user namespace, its flags in memory": f"""
struct.pack_into("Q", block, 0, 0x10000000)  # CLONE_NEWUSER
struct.pack_into("Q", block, 32, 17)  # SIGCHLD
child = call({CLONE3}, here, 64)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
""",
    "a key of the kernel's keyring": f"""
call({_number("add_key")}, b"user", b"planted", b"text", 4, -2)
""",
    "page faults of the kernel": f"call({_number('userfaultfd')}, 0)",
    "a program in the kernel": f"""
struct.pack_into("IIII", block, 0, 2, 4, 4, 1)  # BPF_MAP_CREATE: an array of one
call({_number("bpf")}, 0, here, 72)
""",
    "a copy of a mount": f"call({OPEN_TREE}, -100, b'/tmp', 1)",
    "a file system": f"call({FSOPEN}, b'tmpfs', 0)",
    "memory that can be run, in what was only data": """
if c.personality(0x0400000) < 0:  # READ_IMPLIES_EXEC
    raise SystemExit(1)
""",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_system_call_leads_past_the_other_guards(
    box: Sandbox, unhardened: Unhardened, attack: str
) -> None:
    program = python(f"{CALL}{attack}\nprint('done')")

    assert unhardened.attempt(program) == DONE
    assert in_cell(box, program) == REFUSED


# getpid by its number of 32-bit programs (20), from a 64-bit one.
OTHER_NUMBERING = """
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("53b814000000cd805bc3"))  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
entry = ctypes.addressof(ctypes.c_char.from_buffer(code))
assert ctypes.CFUNCTYPE(ctypes.c_int)(entry)() == os.getpid()
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="int 0x80 is of this architecture")
def test_no_other_numbering_of_system_calls_can_be_used(
    box: Sandbox, unhardened: Unhardened
) -> None:
    program = python(f"{CALL}{OTHER_NUMBERING}\nprint('done')")

    assert unhardened.attempt(program) == DONE
    assert in_cell(box, program) == REFUSED


FAMILIES = {
    "the machine below (vsock)": 40,
    "whole packets": 17,
    "Bluetooth": 31,
    "the kernel's ciphers": 38,
}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_no_socket_of_another_family_can_be_made(
    box: Sandbox, unhardened: Unhardened, family: int
) -> None:
    # The error tells the filter from a kernel that was built without this family.
    kind = python(
        f"import socket\ntry:\n    socket.socket({family}, 1)\n"
        "except PermissionError:\n    print('refused')\nexcept OSError:\n    pass"
    )
    refused = Attempt(succeeded=True, said="refused\n")

    assert unhardened.attempt(kind) != refused
    assert in_cell(box, kind) == refused


ORDINARY = {
    "threads, sockets and events": python(
        "import asyncio, socket, threading\n"
        "socket.socketpair(); socket.socket(socket.AF_INET6); socket.if_nameindex()\n"
        "threading.Thread(target=print).start()\n"
        "asyncio.run(asyncio.create_subprocess_exec('true'))\nprint('done')"
    ),
    "io_uring where there is none": shell(
        'UV_USE_IO_URING=1 node -e \'require("fs").readFile("/etc/hostname", () => '
        'console.log("done"))\''
    ),
    "a debugger": python(
        "import ctypes, os, signal\n"
        "c = ctypes.CDLL(None)\nchild = os.fork()\n"
        "if child == 0:\n    c.ptrace(0, 0, 0, 0)\n"
        "    signal.raise_signal(signal.SIGSTOP)\n    os._exit(7)\n"
        "assert os.WIFSTOPPED(os.waitpid(child, 0)[1])\nc.ptrace(7, child, 0, 0)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\nprint('done')"
    ),
}


@pytest.mark.parametrize("program", ORDINARY.values(), ids=ORDINARY.keys())
def test_what_ordinary_programs_ask_for_is_allowed(box: Sandbox, program: list[str]) -> None:
    result = box.run(program)

    assert result.exit_code == 0, result.stderr.text()
    assert result.stdout.text().endswith("done\n")
