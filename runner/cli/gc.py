"""`sandbox gc`: remove what controllers that were killed left behind."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer


def gc(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> int:
    """Remove what killed sessions left behind.

    Those are containers and session folders whose controller was killed; sessions that are
    running are left alone.
    """
    from runner.engines.docker import DockerEngine
    from runner.sandbox.leftovers import remove_leftovers

    with DockerEngine.from_environment(os.environ, Path.home()) as engine:
        removed = remove_leftovers(engine, os.environ)
    if as_json:
        typer.echo(json.dumps({"containers": removed.containers, "folders": removed.folders}))
        return 0
    for name in (*removed.containers, *removed.folders):
        typer.echo(f"removed {name}")
    if not removed.containers and not removed.folders:
        typer.echo("nothing was left behind")
    return 0
