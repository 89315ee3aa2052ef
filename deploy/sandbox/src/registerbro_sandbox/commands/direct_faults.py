"""What CPR Direkte does wrong: set, cleared and shown while it runs."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from registerbro_sandbox.commands.common import AsJson, Into, board_of, existing, invalid
from registerbro_sandbox.direct import NOTHING, At, BadCertificate, DirectWrong, Garbage
from registerbro_sandbox.settings import DIRECTORY
from registerbro_sandbox.switchboard import changing

app = typer.Typer(
    no_args_is_help=True, help="What CPR Direkte does wrong; a running sandbox notices at once."
)
Count = int | None


@app.command("set")
def set_faults(
    *,
    refuse: Annotated[bool, typer.Option("--refuse", help="Connections are closed at once.")] = False,
    certificate: Annotated[BadCertificate | None, typer.Option(help="A certificate to refuse.")] = None,
    error: Annotated[Count, typer.Option(min=1, max=99, help="Error number of every answer.")] = None,
    at: Annotated[At, typer.Option(help="Which exchanges; not for --refuse and --certificate.")] = At.ALL,
    pieces: Annotated[Count, typer.Option(min=1, help="Answers come in pieces of so many bytes.")] = None,
    piece_seconds: Annotated[float, typer.Option(min=0, max=60, help="Pause between two pieces.")] = 0.0,
    first_byte_seconds: Annotated[
        float, typer.Option(min=0, max=3600, help="How late an answer's first byte comes.")
    ] = 0.0,
    stall_after: Annotated[Count, typer.Option(min=0, help="Bytes after which nothing comes.")] = None,
    close_after: Annotated[Count, typer.Option(min=0, help="Bytes after which it is closed.")] = None,
    surplus: Annotated[int, typer.Option(min=0, max=1_000_000, help="Bytes too many.")] = 0,
    length_off: Annotated[int, typer.Option(min=-9999, max=9999, help="Error of the declared length.")] = 0,
    garbage: Annotated[Garbage | None, typer.Option(help="What in an answer cannot be read.")] = None,
    times: Annotated[
        Count, typer.Option(min=1, help="How often something goes wrong; always if not given.")
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong, in place of what went wrong before. One connection counts once, whatever goes wrong in it."""
    given = {name: value for name, value in locals().items() if name in DirectWrong.model_fields}
    try:
        wrong = DirectWrong.model_validate(given)
    except ValidationError as error_found:
        raise invalid(error_found) from None
    _set(into, wrong, as_json=as_json)


@app.command()
def clear(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Let everything work again."""
    _set(into, NOTHING, as_json=as_json)


@app.command()
def show(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Show what is set."""
    _show(board_of(into).direct, as_json=as_json)


def _set(into: Path, wrong: DirectWrong, *, as_json: bool) -> None:
    with changing(existing(into)):
        board_of(into).with_wrong("direct", wrong).write(into)
    _show(wrong, as_json=as_json)


def _show(wrong: DirectWrong, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(wrong.model_dump(mode="json")))
        return
    set_ones = wrong.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{name}: {value}" for name, value in set_ones.items()]
    typer.echo("\n".join(lines) or "nothing goes wrong")
