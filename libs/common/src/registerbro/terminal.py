"""What commands show: plain tables or JSON, and logs that do not get in their way."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel

from registerbro.settings import LogSettings

NARROWEST = 20  # characters; a last column is not wrapped into less
Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the API answers it.")]


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table in plain text, a line for each row; on a terminal long texts of the last column go on below. An empty one says so."""
    if not rows:
        return "nothing"
    lines = [tuple(headings), *(tuple(map(_cell, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(_line(line, widths) for line in lines)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    before = "".join(f"{cell.ljust(width)}  " for cell, width in zip(cells[:-1], widths[:-1], strict=True))
    below = "\n" + " " * len(before)
    return (before + below.join(_wrapped(cells[-1], len(before)))).rstrip()


def _wrapped(text: str, indent: int) -> list[str]:
    room = shutil.get_terminal_size().columns - indent
    if not sys.stdout.isatty() or len(text) <= room or room < NARROWEST:
        return [text]
    return textwrap.wrap(text, room)


def show(
    found: BaseModel | Sequence[BaseModel],
    as_json: bool,
    headings: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Prints what was found: as JSON, or as a table."""
    if as_json:
        print_json(found)
    else:
        typer.echo(table(headings, rows))


def print_json(found: BaseModel | Sequence[BaseModel]) -> None:
    """Prints what was found as the API answers it."""
    plain: Any = (
        found.model_dump(mode="json")
        if isinstance(found, BaseModel)
        else [each.model_dump(mode="json") for each in found]
    )
    typer.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())


def log_settings(given: LogSettings) -> LogSettings:
    """On a terminal the table and the bar say it all; a level that was asked for is kept."""
    if sys.stderr.isatty() and "level" not in given.model_fields_set:
        return given.model_copy(update={"level": "error"})
    return given
