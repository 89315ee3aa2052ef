"""What several commands share."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from registerbro_sandbox.switchboard import Board

Into = Annotated[
    Path,
    typer.Option(
        envvar="REGISTERBRO_SANDBOX__FTP__DIRECTORY",
        help="The directory of the world; what the file server shows.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def fail(reason: str) -> NoReturn:
    """The command could not do its work."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def existing(into: Path) -> Path:
    """The directory, which must be there."""
    if not into.is_dir():
        fail(f"{into}: no such directory")
    return into


def board_of(into: Path) -> Board:
    """The switchboard of a directory."""
    try:
        return Board.read(existing(into)) or Board()
    except ValidationError:
        fail(f"{into}: the switchboard's file is not readable; `fault clear` cannot help, delete it")


def invalid(error: ValidationError) -> typer.BadParameter:
    """What is wrong with options, without their values."""
    return typer.BadParameter("; ".join(each["msg"] for each in error.errors()))
