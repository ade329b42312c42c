"""`cell.sh` under real shells: what was sent is what runs, byte for byte, and its end is told."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.sandbox.protocol import Call, OutputScanner, Status, call_lines
from tests.unit.sandbox.shells import SHELLS, cell_script, parked, run_cell

NONCE = "0123456789abcdef0123456789abcdef"
EVERY_BYTE = bytes(range(1, 256))
PROXY = "http://1-1:token@127.0.0.1:3128"

CAT = shutil.which("cat") or "/bin/cat"
# The kernel's own record of what the program was started with.
SHOW = f"{CAT} /proc/$$/cmdline; {CAT} /proc/$$/environ; :".encode()

Shell = tuple[str, ...]


def show(*words: bytes) -> tuple[bytes, ...]:
    """A command that writes its own arguments and variables, all of them ended by NUL."""
    return (b"/bin/sh", b"-c", SHOW, *words)


def shown(shell: Shell, call: Call, locale: str = "C") -> tuple[list[bytes], dict[bytes, bytes]]:
    """The words and the variables that a command sees when it is sent like this."""
    output, errors = parked(shell, call_lines(call, NONCE), locale=locale)
    scanner = OutputScanner(NONCE)
    said = scanner.feed(1, output)
    assert (scanner.feed(2, errors), scanner.status) == (b"", Status(0, 0))
    parts = said.split(b"\0")
    words, variables = parts[: len(call.argv)], parts[len(call.argv) : -1]
    pairs = (variable.partition(b"=") for variable in variables)
    return words, {name: text for name, _, text in pairs}


def told(shell: Shell, call: Call, given: bytes = b"", script: str = "") -> tuple[object, ...]:
    """Standard output, standard error, and the status."""
    output, errors = parked(shell, call_lines(call, NONCE) + given, script=script)
    scanner = OutputScanner(NONCE)
    return scanner.feed(1, output), scanner.feed(2, errors), scanner.status


WORDS = {
    "none": (),
    "empty": (b"", b"", b""),
    "every-byte": (EVERY_BYTE, EVERY_BYTE[::-1]),
    "every-byte-alone": tuple(bytes((byte,)) for byte in EVERY_BYTE),
    "every-pair-with-a-backslash": tuple(b"\\" + bytes((byte,)) for byte in EVERY_BYTE),
    "line-ends": (b"\n", b"a\n\n", b"\r\n", b"\n\nb"),
    "blanks": (b" ", b"\t a  b \t", b"- -"),
    "shell-text": (b"$(id)", b"`id`", b"${HOME}", b"*", b"~", b"'\"", b"a;b", b"$cell_nonce"),
    "printf-text": (b"\\c", b"\\0101", b"\\x41", b"%s%b%n", b"\\\\", b"\\"),
    "options": (b"-n", b"-e", b"--", b"-"),
    "not-utf-8": (b"\xff\xfe", b"\xc3", b"\xe2\x82", b"\x80\x81\x88\x98"),
    "utf-8": ("grün 🙂 \u202e".encode(),),
    "more-than-a-portion": tuple(b"%d\n" % number for number in range(700)),
    "long": (b"x" * 100_000, b"\n" * 5_000),
}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
@pytest.mark.parametrize("shell", SHELLS)
def test_words_arrive_byte_for_byte(shell: Shell, words: tuple[bytes, ...], locale: str) -> None:
    argv = show(b"name", *words)

    assert shown(shell, Call(argv), locale)[0] == list(argv)


TEXTS = st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"\\"))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,11}", fullmatch=True).filter(lambda n: n != "_")
OWN_NAMES = ["IFS", "PATH", "HOME", "PWD", "x", "cell_variables", "cell_list", "cell_proxy", "PS4"]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=25)
@given(
    words=st.lists(TEXTS, max_size=6),
    variables=st.dictionaries(NAMES | st.sampled_from(OWN_NAMES), TEXTS, max_size=5),
)
def test_any_call_arrives_byte_for_byte(
    shell: Shell, words: list[bytes], variables: dict[str, bytes]
) -> None:
    argv = show(b"name", *words)

    found, environment = shown(shell, Call(argv, variables))

    assert found == list(argv)
    assert {name: environment.get(name.encode()) for name in variables} == variables


@pytest.mark.parametrize("shell", SHELLS)
def test_variables_named_like_those_of_the_script_change_nothing(shell: Shell) -> None:
    names = ("cell_variables", "cell_left", "cell_count", "cell_list", "cell_name", "cell_proxy",
             "cell_status", "cell_nonce", "cell_word_0", "cell_set", "cell_mode")  # fmt: skip
    variables = dict.fromkeys(names, b"7")
    argv = show(b"name", b"a", b"b")

    found, environment = shown(shell, Call(argv, variables))

    assert found == list(argv)
    assert {name: environment[name.encode()] for name in names} == variables


@pytest.mark.parametrize("shell", SHELLS)
def test_the_address_of_the_proxy_is_in_every_usual_variable(shell: Shell) -> None:
    names = (b"http_proxy", b"HTTP_PROXY", b"https_proxy", b"HTTPS_PROXY", b"all_proxy",
             b"ALL_PROXY")  # fmt: skip

    _, with_proxy = shown(shell, Call(show(), proxy=PROXY))
    _, without = shown(shell, Call(show()))

    assert {name: with_proxy.get(name) for name in names} == dict.fromkeys(names, PROXY.encode())
    assert with_proxy[b"SANDBOX_SOCKS_PROXY"] == PROXY.replace("http", "socks5h").encode()
    assert without.keys().isdisjoint({*names, b"SANDBOX_SOCKS_PROXY"})


@pytest.mark.parametrize("shell", SHELLS)
def test_the_variables_of_the_script_stay_its_own(shell: Shell) -> None:
    _, environment = shown(shell, Call(show(), {"A": b"b"}, proxy=PROXY))

    assert [name for name in environment if name.startswith(b"cell_")] == []


COMMANDS = {
    "done": ((b"true",), 0),
    "failed": ((b"false",), 1),
    "own-code": ((b"sh", b"-c", b"exit 42"), 42),
    "highest-code": ((b"sh", b"-c", b"exit 255"), 255),
    "signal": ((b"sh", b"-c", b"kill -s TERM $$"), 143),
    "not-found": ((b"no-such-program",), 127),
    "not-found-by-path": ((b"/no/such/program",), 127),
    "not-executable": ((b"/etc/passwd",), 126),
    "a-folder": ((b"/etc",), 126),
    "builtin": ((b"export", b"A=b"), 127),
    "special-builtin": ((b"exit", b"0"), 127),
    "function": ((b"cell_decode", b"x"), 127),
    "assignment": ((b"A=b",), 127),
}


@pytest.mark.parametrize(("argv", "exit_code"), COMMANDS.values(), ids=COMMANDS.keys())
@pytest.mark.parametrize("shell", SHELLS)
def test_the_status_is_the_commands_own(
    shell: Shell, argv: tuple[bytes, ...], exit_code: int
) -> None:
    output, errors, status = told(shell, Call(argv))

    assert (output, status) == (b"", Status(exit_code, 0))
    assert bool(errors) == (exit_code in {126, 127})  # what cannot be run is said


@pytest.mark.parametrize("shell", SHELLS)
def test_both_streams_are_the_commands_own_and_end_with_the_status(shell: Shell) -> None:
    argv = (b"sh", b"-c", b"printf out; printf err >&2")

    output, errors = parked(shell, call_lines(Call(argv), NONCE))

    status = f"\x1e{NONCE} 0 0\x1e".encode()
    assert (output, errors) == (b"out" + status, b"err" + status)


@pytest.mark.parametrize(
    ("forwards", "expected"),
    [pytest.param(True, bytes(range(256)), id="open"), pytest.param(False, b"", id="none")],
)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_follows_the_call_is_its_input(shell: Shell, forwards: bool, expected: bytes) -> None:
    call = Call((b"cat",), forwards_input=forwards)

    assert told(shell, call, given=bytes(range(256))) == (expected, b"", Status(0, 0))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_cell_that_nobody_uses_ends_in_silence(shell: Shell) -> None:
    done = run_cell(shell, b"", "park")

    assert (done.returncode, done.stdout[-6:], done.stderr) == (0, b"ready\n", b"")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_call_cut_short_is_never_run(shell: Shell, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    argv = (b"sh", b"-c", b': >"$0"', bytes(ran), b"last word")
    lines = call_lines(Call(argv, {"A": b"b"}), NONCE)

    for size in (len(NONCE) + 1, len(NONCE) + 3, 60, len(lines) - 15, len(lines) - 1):
        assert parked(shell, lines[:size]) == (b"", b""), size
        assert not ran.exists(), size

    parked(shell, lines)
    assert ran.exists()


@pytest.mark.parametrize("file", ["memory/memory.oom_control", "memory.events"])
@pytest.mark.parametrize(
    ("command", "kills"),
    [
        pytest.param(b"false", 3, id="told-of-a-command-that-failed"),
        pytest.param(b"true", 0, id="not-looked-for-after-success"),
    ],
)
@pytest.mark.parametrize("shell", SHELLS)
def test_processes_killed_by_the_memory_limit_are_counted(
    shell: Shell, tmp_path: Path, command: bytes, kills: int, file: str
) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / file).write_text("low 1\noom 9\noom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    script = cell_script(**{"/sys/fs/cgroup": str(tmp_path)})

    _, _, status = told(shell, Call((command,)), script=script)

    assert status == Status(int(command == b"false"), kills)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_cell_shows_its_mounts_of_the_workspace_and_the_root_first(
    shell: Shell, tmp_path: Path
) -> None:
    root = "21 20 0:30 / / ro - overlay overlay ro"
    workspace = r"22 21 8:1 /home/me/a\040b /workspace rw - ext4 /dev/sda1 rw"
    below = "23 22 8:1 /home/me/.git /workspace/.git/hooks ro - ext4 /dev/sda1 rw"
    other = "24 21 0:31 / /tmp rw - tmpfs tmpfs rw"
    (tmp_path / "mountinfo").write_text("".join(f"{x}\n" for x in (root, workspace, other, below)))
    script = cell_script(**{"/proc/self/mountinfo": str(tmp_path / "mountinfo")})

    done = run_cell(shell, b"", "park", script=script)

    assert done.stdout.decode() == f"{root}\n{workspace}\n{below}\nready\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_on_a_terminal_the_command_begins_after_a_mark_and_ends_on_one_stream(shell: Shell) -> None:
    words = ("sh", "-c", 'read -r line; printf "%s|" "$line" "$http_proxy" "$@"', "x", "", "a\n")

    done = run_cell(shell, f"{NONCE}\nhello\n".encode(), "terminal", PROXY, *words)

    said = f"hello|{PROXY}||a\n|"
    marked = f"ready\n\x1e{NONCE} begin\x1e{said}\x1e{NONCE} 0 0\x1e"
    assert done.stdout.decode().partition("ready\n")[1:] == (
        "ready\n",
        marked.removeprefix("ready\n"),
    )
    assert done.stderr == b""
