"""`sandbox run -- CMD`: one command in a container of its own."""

import json
import os
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runner.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from runner.cli.streams import Passthrough
    from runner.sandbox.result import Result
    from runner.session import Sandbox

_SIGPIPE = 141  # 128 + SIGPIPE, as of a shell whose reader has gone


def run(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...", show_default=False)],
    *,
    interactive: Annotated[
        bool, typer.Option("-i", "--interactive", help="Pass the keyboard on to CMD.")
    ] = False,
    terminal: Annotated[bool, typer.Option("-t", "--tty", help="Give CMD a terminal.")] = False,
    image: Annotated[
        str | None, typer.Option(metavar="I", help="Image to run in; it needs only /bin/sh.")
    ] = None,
    allow_domain: Annotated[
        list[str] | None,
        typer.Option(metavar="H", help="Host that CMD may contact: H, *.H, H:PORT. Repeatable."),
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Variable for CMD. Repeatable.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="S", min=0.001, help="Seconds until CMD is killed.")
    ] = None,
    memory: Annotated[str, typer.Option(metavar="M", help="Memory limit: 512m, 4g.")] = "4g",
    cpus: Annotated[float, typer.Option(metavar="N", min=0.01, help="CPU limit.")] = 2.0,
    pids: Annotated[int, typer.Option(metavar="N", min=8, help="Process limit.")] = 1024,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Make the workspace read-only, too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object when CMD has ended.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(metavar="F", help="One more settings file.")
    ] = None,
) -> int:
    """Run CMD in a container that is thrown away afterwards.

    The current folder is its writable workspace, everything else is read-only, and there is no
    network except to the hosts that are allowed. Ends with CMD's own exit code; 124: time limit,
    125: the sandbox failed, 126 and 127: CMD cannot be run, 137: memory limit or killed.
    """
    from runner.cli.options import finite, memory_mib, variables
    from runner.interfaces import Limits
    from runner.sandbox.cells import DEFAULT_IMAGE, Cells

    if terminal and (as_json or not os.isatty(0) or not os.isatty(1)):
        raise UsageError(
            "-t needs a terminal on standard input and output, and no --json.",
            fix="Leave -t out; standard input is passed on all the same.",
        )
    if image is not None and not image.strip():
        raise UsageError("--image is empty.", fix="Leave it out for the default image.")
    finite("--cpus", cpus)
    finite("--timeout", timeout)
    limits = Limits(memory_mib=memory_mib(memory), cpus=cpus, pids=pids)
    environment = variables(env or [])
    with Cells(
        context.obj,
        Path.cwd(),
        image=image or DEFAULT_IMAGE,
        limits=limits,
        read_only=read_only,
        pool_size=0 if terminal else 1,
        refill=False,
    ) as cells:
        # While the cell is being made: this takes longer to load than all the rest.
        from runner.cli.asking import can_ask
        from runner.session import Sandbox

        box = Sandbox(
            cells=cells,
            allowed_domains=allow_domain or (),
            environment=environment,
            settings_file=settings,
            asks=can_ask(),
        )
        call = _Call(command, timeout, interactive=interactive, terminal=terminal, as_json=as_json)
        try:
            return _exit_code(box, call)
        except BrokenPipeError:
            return _SIGPIPE


@dataclass(frozen=True, slots=True)
class _Call:
    command: list[str]
    timeout: float | None
    _: KW_ONLY
    interactive: bool
    terminal: bool
    as_json: bool


def _exit_code(box: "Sandbox", call: _Call) -> int:
    from runner.cli.asking import asking
    from runner.cli.run_report import say_report, say_settled
    from runner.cli.signals import forwarding
    from runner.cli.streams import Passthrough

    screen = Passthrough()
    # A keyboard is not read unasked: lines typed ahead are meant for the shell.
    reads_keyboard = call.terminal or (call.interactive and os.isatty(0))
    try:
        with (
            box,
            forwarding(box) as signals,
            asking(box, screen, keyboard_is_taken=reads_keyboard, terminal_is_raw=call.terminal),
        ):
            run_it = _on_terminal if call.terminal else _on_streams
            result = run_it(box, call, screen)
    except SandboxError:
        say_settled(box.late)
        raise
    if call.as_json:
        typer.echo(json.dumps(result.as_json()))
    say_report(result.summary, box.late, box.notices)
    return 130 if signals.killed else result.exit_code


def _on_streams(box: "Sandbox", call: _Call, screen: "Passthrough") -> "Result":
    from runner.cli.streams import read_stdin

    passes_input = call.interactive or not os.isatty(0)
    return box.run(
        call.command,
        stdin=read_stdin if passes_input else None,
        timeout_seconds=call.timeout,
        sink=None if call.as_json else screen,
        track_changes=call.as_json,
    )


def _on_terminal(box: "Sandbox", call: _Call, screen: "Passthrough") -> "Result":
    from runner.cli.streams import read_stdin
    from runner.cli.terminal import following_size, raw, size

    with raw(0), following_size(0, box.resize):
        return box.run_terminal(
            call.command,
            stdin=read_stdin,
            sink=screen,
            size=size(0),
            terminal_type=os.environ.get("TERM", "xterm"),
            timeout_seconds=call.timeout,
        )
