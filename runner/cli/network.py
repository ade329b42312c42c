"""`sandbox network`: what a session may contact, and what sessions have contacted."""

import os
from pathlib import Path
from typing import Annotated

import typer

from runner.errors import UsageError

network = typer.Typer(
    help="What commands may contact, and what they have.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_JSON = typer.Option("--json", help="One JSON object a line.")


@network.command()
def check(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET]...", help="Host, HOST:PORT or URL.")
    ] = None,
    *,
    as_json: Annotated[bool, _JSON] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Read questions from stdin, one JSON object a line.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(metavar="F", help="One more settings file.")
    ] = None,
) -> int:
    """Say whether a command could contact TARGET.

    It is the answer for this folder; nothing is dialled or resolved.

    Ends with 0 when all are allowed, with 3 when one is denied or would have to be asked about.
    With --batch it answers {"target":..., "settings"?:...} with {"decision","canonical","reason"},
    and ends with 2 if a line could not be understood.
    """
    from runner.cli.network_check import answered, answers, rules_here

    if batch == bool(targets):
        raise UsageError(
            "Either --batch or a TARGET is needed, and not both.",
            fix="Write for example: sandbox network check example.com:443",
        )
    rules = rules_here(settings, os.environ, Path.home())
    if batch:
        return answered(typer.get_binary_stream("stdin"), rules)
    return answers(targets or [], rules(), as_json=as_json)


@network.command()
def log(
    *,
    as_json: Annotated[bool, _JSON] = False,
    call: Annotated[str | None, typer.Option(metavar="ID", help="Only of this call.")] = None,
    host: Annotated[str | None, typer.Option(metavar="H", help="Only to this host.")] = None,
    denied: Annotated[bool, typer.Option("--denied", help="Only what was denied.")] = False,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most N, the newest.")] = 100,
) -> int:
    """Show the connections of commands, newest last.

    Those that were refused are among them.

    Times are UTC. The log holds those of all sessions of this user.
    """
    from runner.cli.network_table import show
    from runner.records.network_history import Wanted, newest
    from runner.records.network_log import state_folder

    folder = state_folder(os.environ, Path.home())
    wanted = Wanted(call, None if host is None else _as_logged(host), denied_only=denied)
    show(newest(folder, wanted, limit), as_json=as_json)
    return 0


def _as_logged(host: str) -> str:
    from runner.egress.names import NameRefused, canonical_host, shown

    try:
        return canonical_host(host).text
    except NameRefused:
        return shown(host)  # as it is with what was asked for and is no host
