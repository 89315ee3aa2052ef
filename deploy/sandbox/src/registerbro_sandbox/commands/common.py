"""What several commands share."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

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
