"""`sandbox doctor`: what is missing or weak on this machine, each with its fix."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from runner.interfaces import Engine, Limits
    from runner.session import Sandbox

_BROKEN = 5


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of text.")
    ] = False,
) -> None:
    """Say what is missing or weak on this machine, and how to fix it.

    Ends with 0 when nothing is broken, with 5 when something is. Takes a few seconds: it makes
    throwaway containers and tries whether they confine.
    """
    from runner.doctor import examination, report

    patient = examination.Patient(
        environment=os.environ,
        home=Path.home(),
        workspace=_here(),
        checkout=Path(__file__).parents[2],
    )
    colour = report.may_colour(os.environ, is_terminal=sys.stdout.isatty())
    findings = []
    for finding in examination.examined(patient, _opening):
        findings.append(finding)
        if not as_json:
            typer.echo(report.as_text(finding, colour=colour))
    typer.echo(report.as_json(findings) if as_json else report.summary(findings))
    if not report.is_healthy(findings):
        raise typer.Exit(_BROKEN)


def _opening(engine: "Engine", workspace: Path, limits: "Limits") -> "Sandbox":
    from runner.session import Sandbox

    return Sandbox(workspace, engine=engine, limits=limits, pool_size=0)


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the folder was removed under the shell's feet
        return Path()
