"""Controls of a running sandbox: what its servers do wrong, and which files lie on mass storage."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from registerbro_sandbox.commands.common import AsJson, Into, board_of, existing, fail, invalid
from registerbro_sandbox.ftp import Break
from registerbro_sandbox.settings import DIRECTORY
from registerbro_sandbox.switchboard import REFUSALS, Board, Wrong, changing

app = typer.Typer()
faults = typer.Typer(
    no_args_is_help=True, help="What the servers do wrong; a running sandbox notices at once."
)

Names = Annotated[list[str], typer.Argument(help="Names of files in the directory.")]
Verbs = list[str] | None


@faults.command("set")
def set_faults(
    *,
    transfer: Annotated[Break | None, typer.Option(help="How transfers break.")] = None,
    after_bytes: Annotated[int, typer.Option(min=0, help="After how many bytes they break.")] = 0,
    bytes_per_second: Annotated[int | None, typer.Option(min=1, help="How slowly files are sent.")] = None,
    first_byte_seconds: Annotated[
        float, typer.Option(min=0, max=3600, help="How late a file's first byte comes.")
    ] = 0.0,
    refuse: Annotated[Verbs, typer.Option(help=f"What is refused: {', '.join(REFUSALS)}.")] = None,
    vanish_at: Annotated[Verbs, typer.Option(help="An FTP command at which the connection is gone.")] = None,
    ignore: Annotated[Verbs, typer.Option(help="An FTP command that is never answered.")] = None,
    times: Annotated[
        int | None, typer.Option(min=1, help="How often something goes wrong; always if not given.")
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong, in place of what went wrong before. SFTP knows the same things by FTP's names."""
    given = {
        "transfer": transfer,
        "after_bytes": after_bytes,
        "bytes_per_second": bytes_per_second,
        "first_byte_seconds": first_byte_seconds,
        "refuse": tuple(refuse or ()),
        "vanish_at": tuple(vanish_at or ()),
        "ignore": tuple(ignore or ()),
        "times": times,
    }
    try:
        wrong = Wrong.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
    _set_faults(into, wrong, as_json=as_json)


@faults.command()
def clear(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Let everything work again. Files on mass storage stay there."""
    _set_faults(into, Wrong(), as_json=as_json)


@faults.command()
def show(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Show what is set."""
    _show(board_of(into), as_json=as_json)


@app.command()
def migrate(
    *,
    names: Names,
    recall_seconds: Annotated[
        float | None,
        typer.Option(min=0, max=3600, help="How long a recall takes from now on; as it was if not given."),
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Move files to mass storage: MVS listings show them as Migrated, and fetching one is refused or takes its recall."""
    _must_exist(into, names)
    with changing(into):
        board = board_of(into).with_migrated(more=set(names))
        if recall_seconds is not None:
            board = board.model_copy(update={"recall_seconds": recall_seconds})
        board.write(into)
    _show(board, as_json=as_json)


@app.command()
def recall(*, names: Names, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Bring files back from mass storage."""
    with changing(existing(into)):
        board = board_of(into)
        if unknown := {name.upper() for name in names} - set(board.migrated):
            fail(f"{', '.join(sorted(unknown))}: not on mass storage")
        board = board.with_migrated(fewer=set(names))
        board.write(into)
    _show(board, as_json=as_json)


def _set_faults(into: Path, wrong: Wrong, *, as_json: bool) -> None:
    with changing(existing(into)):
        board = board_of(into).with_wrong("faults", wrong)
        board.write(into)
    _show(board, as_json=as_json)


def _must_exist(into: Path, names: list[str]) -> None:
    there = {path.name.upper() for path in existing(into).iterdir() if path.is_file()}
    if missing := sorted(name for name in names if name.upper() not in there):
        fail(f"{', '.join(missing)}: not in {into}")


def _show(board: Board, *, as_json: bool) -> None:
    about = board.model_dump(mode="json")
    if as_json:
        typer.echo(json.dumps(about))
        return
    wrong = {
        name: value
        for name, value in about["faults"].items()
        if value != getattr(Wrong(), name) and value != []
    }
    typer.echo(
        "nothing goes wrong" if not wrong else "\n".join(f"{name}: {value}" for name, value in wrong.items())
    )
    if board.migrated:
        typer.echo(f"migrated: {', '.join(board.migrated)}")
        takes = "is refused" if board.recall_seconds is None else f"takes {board.recall_seconds:g} s"
        typer.echo(f"fetching one {takes}")
