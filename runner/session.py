"""One session, start to finish: the one place where the parts are put together.

Opened in this order and closed in reverse: workspace, settings, pod, egress proxy, pool of cells.
`Sandbox` is the Python API, and what the command line uses.
"""

import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

from runner import network
from runner.egress.calls import Entry
from runner.egress.current_rules import CurrentRules
from runner.egress.proxy import EgressProxy
from runner.engines.docker import DockerEngine
from runner.interfaces import Engine, Limits, Stream
from runner.records.network_log import NetworkLog, state_folder
from runner.sandbox.caller import Caller
from runner.sandbox.cell import Cell, Outcome, Read, Sink
from runner.sandbox.cells import DEFAULT_IMAGE, Cells
from runner.sandbox.command import as_shown, checked_command, checked_environment
from runner.sandbox.head_start import HeadStart
from runner.sandbox.protocol import Call
from runner.sandbox.result import Capture, Result
from runner.sandbox.settling import Settled
from runner.sandbox.world import RELAY
from runner.settings.values import Settings
from runner.workspace.findings import Survey

if TYPE_CHECKING:
    from runner.approval.desk import Desk
    from runner.settings.answers import AnswersForGood

DEFAULT_OUTPUT_LIMIT = 10 * 1024 * 1024
"""Bytes kept of each output stream of a call."""


class Sandbox:
    """Runs commands in containers that are thrown away afterwards. A context manager.

    >>> with Sandbox("project") as box:
    ...     result = box.run(["pytest", "-q"])
    ...     print(result.exit_code, result.stdout.text())

    The workspace is mounted read-write at /workspace, its protected files and everything else
    read-only; there is no network but the hosts in `allowed_domains` and in the settings. Commands
    run as the workspace's owner. `run` may be called from several threads at once.

    With `asks` a host that no rule decides on is not denied at once: the connection waits for an
    answer, given to `desk` or with `sandbox approvals`.

    `pool_size` cells wait for their commands, made in the background. `cells` that somebody began
    to make already bring their own workspace, image, limits and pool.

    Raises on entering:
        WorkspaceRefused: the folder cannot be a workspace.
        SettingsInvalid: a settings file cannot be used.
        EngineError: the engine is missing (an image may be found missing with the first call).
    """

    def __init__(
        self,
        workspace: str | Path = ".",
        *,
        image: str = DEFAULT_IMAGE,
        allowed_domains: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        read_only: bool = False,
        settings_file: Path | None = None,
        pool_size: int = 2,
        asks: bool = False,
        engine: Engine | None = None,
        cells: Cells | None = None,
    ) -> None:
        self._path = workspace
        self._image = image
        self._allowed_domains = tuple(allowed_domains)
        self._environment = checked_environment(environment or {})
        self._limits = limits or Limits()
        self._read_only = read_only
        self._settings_file = settings_file
        self._pool_size = pool_size
        self._asks = asks
        self._engine = engine
        self._cells = cells
        self._resources = ExitStack()
        self.desk: Desk | None = None
        """Where connections wait for an answer, with `asks`; there once the session is open."""
        self.answers: AnswersForGood | None = None
        """Where answers for good go to, with `asks`."""
        self.notices: tuple[str, ...] = ()
        """Sentences for the user about what was found on opening; nothing in them is an error."""
        self.late: tuple[Settled, ...] = ()
        """What had to be set aside after its call had returned; known once closed."""

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._resources.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every cell, the proxy and the pod."""
        self._resources.close()

    def run(
        self,
        command: Sequence[str | bytes],
        *,
        stdin: bytes | Read | None = None,
        timeout_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        sink: Sink | None = None,
        output_limit: int = DEFAULT_OUTPUT_LIMIT,
        track_changes: bool = False,
    ) -> Result:
        """Run one command in a cell of its own and wait for it.

        `stdin` is bytes, or a function that returns the next bytes and nothing at the end. With a
        `sink` the output goes there as it comes, whole; without one, up to `output_limit` bytes of
        each stream are in the result. `track_changes` fills in `summary.changed`, which means
        looking at every file of the workspace before and after.

        Raises:
            CommandRefused: the command or a variable cannot be sent.
            EngineError, CellFailed: the cell could not be made. A command that fails, is killed
                or runs out of time is a `Result`, never an exception.
        """
        words = checked_command(command)
        variables = {**self._environment, **checked_environment(environment or {})}
        read = io.BytesIO(stdin).read1 if isinstance(stdin, bytes) else stdin
        capture = Capture(output_limit)

        def attempt(cell: Cell, credentials: str) -> Outcome:
            call = Call(words, variables, _proxy(credentials), read is not None)
            return cell.run(call, sink or capture, timeout_seconds, read)

        return self._called(
            lambda before, _: self._take(before),
            attempt,
            capture,
            as_shown(words),
            track_changes=track_changes,
        )

    def run_terminal(
        self,
        command: Sequence[str | bytes],
        *,
        stdin: Read,
        sink: Sink,
        size: tuple[int, int],
        terminal_type: str = "xterm",
        timeout_seconds: float | None = None,
    ) -> Result:
        """Run one command on a terminal of `size` (rows, columns), in a cell made for it.

        `terminal_type` is its TERM. Everything else as `run`.
        """
        words = checked_command(command)
        variables = {"TERM": os.fsencode(terminal_type), **self._environment}

        def attempt(cell: Cell, _: str) -> Outcome:
            cell.resize(*size)
            return cell.run_terminal(sink, timeout_seconds, stdin)

        def take(before: Survey, credentials: str) -> Cell:
            call = Call(words, variables, _proxy(credentials), forwards_input=True)
            return self._take_for_terminal(before, call)

        return self._called(take, attempt, Capture(0), as_shown(words), track_changes=False)

    def signal(self, name: str) -> bool:
        """Send a signal ("INT", "TERM") to every command that is running; whether any was."""
        return self._caller.signal(name)

    def resize(self, rows: int, columns: int) -> None:
        """Tell the terminals of running commands their size."""
        self._caller.resize(rows, columns)

    def kill(self) -> None:
        """End every command that is running, at once."""
        self._caller.kill()

    def _called(
        self,
        take: Callable[[Survey, str], Cell],
        attempt: Callable[[Cell, str], Outcome],
        capture: Capture,
        command: str,
        *,
        track_changes: bool,
    ) -> Result:
        summary = self._caller.call(take, attempt, command=command, track_changes=track_changes)
        stdout, stderr = capture.output(Stream.STDOUT), capture.output(Stream.STDERR)
        return Result(summary, stdout, stderr, capture.truncated)

    def _open(self) -> None:
        cells = self._cells or self._began()
        home = Path.home()
        config = network.config_home(os.environ, home)
        watched = network.watched_settings(
            cells.workspace.path, self._settings_file, environment=os.environ, home=home
        )
        settings = watched.settings
        self.notices = (*settings.notices, *self._withheld(settings))
        socket_path = cells.ground.folder / "egress" / "egress.sock"
        desk = self._open_desk(cells, config) if self._asks else None
        egress = self._resources.enter_context(
            EgressProxy(
                socket_path,
                CurrentRules(network.RulesInEffect(watched, self._allowed_domains, self._noticed)),
                limits=network.limits(settings.network),
                desk=desk,
                log=self._open_log(cells.ground.session, home),
                upstream=network.upstream(settings.network, os.environ),
            )
        )
        self._caller = Caller(cells, egress)
        self._resources.callback(self._close_caller)
        self._resources.callback(cells.ground.pod.close)  # first: it ends while the rest closes
        self._take = cells.take
        self._take_for_terminal = cells.take_for_terminal

    def _open_desk(self, cells: Cells, config: Path) -> "Desk":
        from runner.approval.counter import Counter
        from runner.approval.desk import Desk
        from runner.settings.answers import AnswersForGood

        self.answers = AnswersForGood(cells.workspace.path, config)
        self._resources.callback(self._write_postponed, self.answers)
        self.desk = Desk(cells.ground.session, self.answers.remember)
        self._resources.callback(self.desk.close)
        self._resources.enter_context(Counter(self.desk, cells.ground.folder))
        return self.desk

    def _write_postponed(self, answers: "AnswersForGood") -> None:
        self.notices += answers.write_postponed()

    def _began(self) -> Cells:
        engine = self._engine
        if engine is None:
            engine = DockerEngine.from_environment(os.environ, Path.home())
            self._resources.callback(engine.close)
        ground = self._resources.enter_context(HeadStart(engine, os.environ))
        return self._resources.enter_context(
            Cells(
                ground,
                self._path,
                image=self._image,
                limits=self._limits,
                read_only=self._read_only,
                pool_size=self._pool_size,
            )
        )

    def _open_log(self, session: str, home: Path) -> Callable[[Entry], None]:
        folder = state_folder(os.environ, home)
        log = self._resources.enter_context(closing(NetworkLog(folder, session, self._noticed)))
        return log.append

    def _noticed(self, text: str) -> None:
        self.notices += (text,)

    def _withheld(self, settings: Settings) -> tuple[str, ...]:
        if not (self._allowed_domains and settings.network.managed_domains_only):
            return ()
        return (
            "--allow-domain is not in effect: on this machine only managed settings allow hosts",
        )

    def _close_caller(self) -> None:
        self.late = self._caller.close()


def _proxy(credentials: str) -> str:
    return f"http://{credentials}@{RELAY}"
