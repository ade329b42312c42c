"""The network log as a table of 80 columns, or line by line as JSON."""

import json
from collections.abc import Mapping, Sequence

import typer

from runner.cli.messages import say
from runner.egress.names import shown

_WIDTH = 80
_HEAD = f"{'TIME (UTC)':14}  {'VERDICT':7}  {'UP':>6}  {'DOWN':>6}  {'CALL':12}  HOST"
_HOST = _HEAD.index("HOST")

Line = Mapping[str, object]


def show(lines: Sequence[Line], *, as_json: bool) -> None:
    """Print the lines, in their order."""
    if as_json:
        for line in lines:
            typer.echo(json.dumps(line))
    elif lines:
        typer.echo(_HEAD)
        for line in lines:
            typer.echo("\n".join(_rows(line)))
    else:
        say("the network log holds no such connection.")


def _rows(line: Line) -> list[str]:
    time, verdict, call = (_text(line, key) for key in ("time", "verdict", "call_id"))
    row = (
        f"{time[5:19].replace('T', ' '):14}  {verdict[:7]:7}  {_size(line, 'bytes_up'):>6}  "
        f"{_size(line, 'bytes_down'):>6}  {call[:12]:12}  {_place(line)}"
    )
    reason = _text(line, "reason")
    # An allowed connection that came about says nothing but who allowed it.
    details = [_text(line, "command"), "" if reason.startswith("allowed by ") else reason]
    return [row, *(f"    {_clipped(detail, _WIDTH - 4)}" for detail in details if detail)]


def _text(line: Line, key: str) -> str:
    text = str(line.get(key) or "")
    # Our own lines are escaped already; whoever else may have written this file is not believed.
    return text if text.isascii() and text.isprintable() else shown(text, 600)


def _size(line: Line, key: str) -> str:
    """Bytes in at most six characters: 999, 1.2K, 34.5M."""
    number = line.get(key)
    if not isinstance(number, int) or number < 0:
        return "?"
    size = float(number)
    for unit in "BKMGTPE":
        if size < 1000:
            return str(number) if unit == "B" else f"{size:.1f}{unit}"
        size /= 1024
    return "?"


def _place(line: Line) -> str:
    host, port = _text(line, "host"), line.get("port")
    place = f"[{host}]" if ":" in host and port else host
    whole = f"{place}:{port}" if isinstance(port, int) and port else place
    # From the left: the end of a name says whose it is.
    room = _WIDTH - _HOST
    return whole if len(whole) <= room else "..." + whole[-(room - 3) :]


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
