"""The commands, put together."""

from typing import Annotated

import typer

from runner.cli.approvals import approvals
from runner.cli.doctor import doctor
from runner.cli.gc import gc
from runner.cli.network import network
from runner.cli.run import run

app = typer.Typer(
    help="Run an AI coding agent, or any command, in a container that is thrown away afterwards.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(context_settings={"allow_interspersed_args": False})(run)
app.command()(doctor)
app.command()(gc)
app.command()(approvals)
app.add_typer(network, name="network")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sandbox {version('sandbox-runner')}")
        raise typer.Exit


@app.callback()
def sandbox(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Run an AI coding agent, or any command, in a container that is thrown away afterwards."""
