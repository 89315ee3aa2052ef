"""KMD Logic: what is asked of it, what is subscribed, what it does wrong."""

import json
from pathlib import Path
from typing import Annotated

import httpx
import typer
from pydantic import ValidationError

from registerbro_sandbox.commands.common import AsJson, Into, board_of, existing, fail, invalid
from registerbro_sandbox.logic import NOTHING, At, LogicWrong
from registerbro_sandbox.logic.server import CALLS_PATH
from registerbro_sandbox.logic.subscriptions import Subscriptions
from registerbro_sandbox.settings import DIRECTORY
from registerbro_sandbox.switchboard import changing

app = typer.Typer(no_args_is_help=True, help="KMD Logic: its calls, subscriptions and faults.")
faults = typer.Typer(
    no_args_is_help=True, help="What KMD Logic does wrong; a running sandbox notices at once."
)
app.add_typer(faults, name="fault")
Count = int | None
Fields = list[str] | None
_SECONDS = 5.0


@app.command()
def status(
    *,
    url: Annotated[str, typer.Option(help="Where it listens.")] = "http://127.0.0.1:8101",
    as_json: AsJson = False,
) -> None:
    """Show which calls a running KMD Logic has had so far, by operation and status."""
    try:
        calls = httpx.get(url + CALLS_PATH, timeout=_SECONDS).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        fail(f"KMD Logic does not answer: {type(error).__name__}")
    if as_json:
        typer.echo(json.dumps(calls))
        return
    for operation, count in sorted(calls["operations"].items()):
        typer.echo(f"{operation}: {count}")
    for answer, count in sorted(calls["statuses"].items()):
        typer.echo(f"answered {answer}: {count}")


@app.command()
def subscriptions(
    *,
    listed: Annotated[bool, typer.Option("--list", help="Each object id, and since when.")] = False,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show how many units are subscribed in each configuration. Object ids are the register's own."""
    told = Subscriptions(existing(into)).all()
    if as_json:
        shown = {c: {o: at.isoformat() for o, at in since.items()} for c, since in told.items()}
        counts = {configuration: len(since) for configuration, since in told.items()}
        typer.echo(json.dumps(shown if listed else counts))
        return
    for configuration, since in told.items():
        typer.echo(f"{configuration}: {len(since)} subscribed")
        for object_id, at in since.items() if listed else ():
            typer.echo(f"  {object_id} since {at:%Y-%m-%d %H:%M:%S}")
    if not told:
        typer.echo("nothing is subscribed")


@faults.command("set")
def set_faults(
    *,
    at: Annotated[At, typer.Option(help="Which calls.")] = At.ALL,
    status: Annotated[Count, typer.Option(min=400, max=599, help="Status of every answer.")] = None,
    retry_after: Annotated[
        Count, typer.Option(min=0, max=86_400, help="Header Retry-After, seconds.")
    ] = None,
    token_error: Annotated[str, typer.Option(help="What tokens are refused with: invalid_client …")] = "",
    html: Annotated[bool, typer.Option("--html", help="An HTML page in place of JSON.")] = False,
    first_byte_seconds: Annotated[
        float, typer.Option(min=0, max=3600, help="How late an answer's first byte comes.")
    ] = 0.0,
    close_after: Annotated[Count, typer.Option(min=0, help="Bytes after which it is closed.")] = None,
    missing: Annotated[Fields, typer.Option(help="A field that is left out.")] = None,
    retyped: Annotated[Fields, typer.Option(help="A field of another type.")] = None,
    bom: Annotated[bool, typer.Option("--bom", help="A byte order mark before the JSON.")] = False,
    pascal_keys: Annotated[bool, typer.Option("--pascal-keys", help="Keys begin with a capital.")] = False,
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Every event comes twice.")] = False,
    shuffled: Annotated[bool, typer.Option("--shuffled", help="Events come backwards in a page.")] = False,
    late_seconds: Annotated[
        float, typer.Option(min=0, max=864_000, help="How long events are withheld.")
    ] = 0.0,
    rewind_seconds: Annotated[
        float, typer.Option(min=0, max=864_000, help="How far before a window's start events come from.")
    ] = 0.0,
    times: Annotated[
        Count, typer.Option(min=1, help="How often something goes wrong; always if not given.")
    ] = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong, in place of what went wrong before. A call counts once, whatever goes wrong in it."""
    given = {name: value for name, value in locals().items() if name in LogicWrong.model_fields}
    given |= {name: tuple(given[name] or ()) for name in ("missing", "retyped")}
    try:
        wrong = LogicWrong.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
    _set(into, wrong, as_json=as_json)


@faults.command()
def clear(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Let everything work again."""
    _set(into, NOTHING, as_json=as_json)


@faults.command()
def show(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Show what is set."""
    _show(board_of(into).logic, as_json=as_json)


def _set(into: Path, wrong: LogicWrong, *, as_json: bool) -> None:
    with changing(existing(into)):
        board_of(into).with_wrong("logic", wrong).write(into)
    _show(wrong, as_json=as_json)


def _show(wrong: LogicWrong, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(wrong.model_dump(mode="json")))
        return
    set_ones = wrong.model_dump(mode="json", exclude_defaults=True)
    typer.echo("\n".join(f"{name}: {value}" for name, value in set_ones.items()) or "nothing goes wrong")
