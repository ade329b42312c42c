"""Where the `sandbox` command starts, and the one place where errors become exit codes.

`sandbox run` begins to make its pod before anything else is loaded, its own arguments included:
that takes the engine as long as the rest takes Python. Imports below are therefore late on purpose.
"""

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

from runner.errors import SandboxError

if TYPE_CHECKING:
    from runner.sandbox.head_start import HeadStart

RUN_FAILED = 125
"""`sandbox run` could not run the command; any smaller number could be the command's own."""


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    _open_missing_streams()
    code = _outcome(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        code = code or 1
    # Not sys.exit: a thread may sit in a read of the terminal, and everything is closed already.
    os._exit(code)


def _outcome(arguments: list[str]) -> int:
    is_run = arguments[:1] == ["run"]
    try:
        with ExitStack() as resources:
            early = _head_start(resources) if is_run and _has_command(arguments) else None
            _end_as_exception()
            return _dispatched(arguments, early)
    except SandboxError as error:
        from runner.cli.messages import say_error

        say_error(str(error), error.fix)
        return RUN_FAILED if is_run else error.exit_code
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1


def _open_missing_streams() -> None:
    """A stream that was closed (`<&-`) gets /dev/null: its number must not go to a socket of ours,
    which the command would then read.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _end_as_exception() -> None:
    """SIGTERM and SIGHUP unwind the stack, so that everything is closed. What we were started to
    ignore stays ignored: SIGHUP under nohup(1).
    """
    import signal

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def _has_command(arguments: list[str]) -> bool:
    return len(arguments) > 1 and "--help" not in arguments


def _head_start(resources: ExitStack) -> "HeadStart":
    from pathlib import Path

    from runner.engines.docker import DockerEngine
    from runner.sandbox.head_start import HeadStart

    engine = DockerEngine.from_environment(os.environ, Path.home())
    return resources.enter_context(HeadStart(engine, os.environ))


def _dispatched(arguments: list[str], early: "HeadStart | None") -> int:
    import typer

    from runner.cli.app import app

    try:
        code = app(arguments, prog_name="sandbox", standalone_mode=False, obj=early)
    except typer.TyperException as error:
        from runner.cli.messages import say_usage_error

        say_usage_error(error)
        return RUN_FAILED if arguments[:1] == ["run"] else 2
    return code if isinstance(code, int) else 0
