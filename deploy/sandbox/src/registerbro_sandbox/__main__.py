"""The command ``registerbro-sandbox``: fictional persons, what happens to them, and the server that delivers the files.

A directory holds a world: its first extract, its change files and a hidden list of what has happened. Exit code 1 means that
the command could not do its work, 2 that it was called or configured wrongly.
"""

import datetime as dt
import enum
import ftplib
import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from registerbro.settings import effective, load_or_exit
from registerbro.telemetry import configure_logging

from registerbro_sandbox.ftp import CertificateUnusable
from registerbro_sandbox.persons import (
    MAX_SIZE,
    CannotHappen,
    Change,
    Delivery,
    Form,
    Layout,
    LifeEvent,
    Named,
    Population,
    Written,
)
from registerbro_sandbox.persons.chronicle import AlreadyThere, Chronicle, NoWorld
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK
from registerbro_sandbox.serving import check, today
from registerbro_sandbox.serving import serve as serve_until_stopped
from registerbro_sandbox.settings import DIRECTORY, SandboxSettings

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False
)


class LineEnd(enum.StrEnum):
    """What ends a line."""

    LF = "lf"
    CRLF = "crlf"


Into = Annotated[
    Path,
    typer.Option(
        envvar="REGISTERBRO_SANDBOX__FTP__DIRECTORY",
        help="The directory of the world; what the file server shows.",
    ),
]
FileForm = Annotated[Form, typer.Option(help="A record a line, or one unbroken stream.")]
LineEnds = Annotated[LineEnd, typer.Option(help="What ends a line.")]
Padded = Annotated[bool, typer.Option("--padded", help="Keep the trailing blanks of each line.")]
AddressesLast = Annotated[
    bool,
    typer.Option(
        "--addresses-last", help="Put all records 003 after everything else, as CPR sometimes does."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
OnDate = Annotated[
    dt.datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The production date.")
]


@app.command()
def generate(
    *,
    persons: Annotated[
        int, typer.Option(min=0, max=MAX_SIZE, help="How many; 288 show every case there is.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same persons, anywhere.")] = 1,
    into: Into = DIRECTORY,
    date: OnDate = None,
    task: Annotated[str, typer.Option(help="Customer number and serial, six digits.")] = CUSTOMER_TASK,
    form: FileForm = Form.LINES,
    line_end: LineEnds = LineEnd.LF,
    padded: Padded = False,
    addresses_last: AddressesLast = False,
    as_json: AsJson = False,
) -> None:
    """Make a new world of fictional persons and write its first extract, as new subscriptions deliver it."""
    if not (len(task) == 6 and task.isascii() and task.isdigit()):
        raise typer.BadParameter("six digits expected", param_hint="--task")
    delivery = Delivery(
        _day(date) or today(), task=task, layout=_layout(form, line_end, padded, addresses_last)
    )
    try:
        _, written = Chronicle.begin(into, Population(seed, persons), delivery)
    except (AlreadyThere, OSError) as error:
        _fail(str(error))
    _show(written, (), as_json=as_json)


@app.command()
def change(
    *,
    event: Annotated[
        list[str] | None,
        typer.Option(
            help="What happens, and to whom: an event alone (moves), to whom it can happen first, or with a person's index"
            f" (moves=17). May be given several times. Events: {', '.join(LifeEvent)}."
        ),
    ] = None,
    share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Something drawn happens to this share of everybody to whom it can."),
    ] = 0.0,
    into: Into = DIRECTORY,
    date: OnDate = None,
    form: FileForm = Form.LINES,
    line_end: LineEnds = LineEnd.LF,
    padded: Padded = False,
    addresses_last: AddressesLast = False,
    as_json: AsJson = False,
) -> None:
    """Let something happen and write the change file: all current records of everybody touched, with the events (099)."""
    try:
        chronicle = Chronicle.read(into)
        day = _day(date) or max(today(), chronicle.tomorrow)
        happening = Change(day, _named(event or [], chronicle, day), share)
        written = chronicle.deliver(happening, _layout(form, line_end, padded, addresses_last))
    except (AlreadyThere, CannotHappen, NoWorld, IndexError, OSError, ValueError) as error:
        _fail(str(error))
    _show(written, happening.named, as_json=as_json)


@app.command()
def serve() -> None:
    """Serve the directory as CPR's file server does: explicit FTPS, until SIGTERM.

    Configured by the environment, secret files or appsettings.json; `registerbro-sandbox config` lists the settings.
    """
    settings = load_or_exit(SandboxSettings)
    configure_logging(settings.log, service="sandbox")
    try:
        serve_until_stopped(settings.sandbox)
    except (OSError, CertificateUnusable) as error:
        _fail(f"the file server cannot start: {error}")


@app.command()
def health() -> None:
    """Log on to the running file server as a client does; exit code 1 and the reason if that fails."""
    try:
        check(load_or_exit(SandboxSettings).sandbox.ftp)
    except (OSError, EOFError, ftplib.Error) as error:
        _fail(f"the file server does not answer as it should: {error}")


@app.command()
def config() -> None:
    """Print the settings in force, secrets masked."""
    for name, value in effective(load_or_exit(SandboxSettings)):
        typer.echo(f"{name}={value}")


def _named(texts: list[str], chronicle: Chronicle, day: dt.date) -> tuple[Named, ...]:
    named: list[Named] = []
    for text in texts:
        name, _, index = text.partition("=")
        try:
            event = LifeEvent(name)
            person = int(index) if index else None
        except ValueError:
            raise typer.BadParameter(
                f"{text}: not an event, or not an event=index", param_hint="--event"
            ) from None
        if person is None:
            person = chronicle.world.first(event, day, [other.person for other in named])
        named.append(Named(event, person))
    return tuple(named)


def _layout(form: Form, line_end: LineEnd, padded: bool, addresses_last: bool) -> Layout:
    ends = "\r\n" if line_end is LineEnd.CRLF else "\n"
    return Layout(form=form, line_end=ends, trims=not padded, addresses_last=addresses_last)


def _day(date: dt.datetime | None) -> dt.date | None:
    return date.date() if date else None


def _show(written: Written, named: tuple[Named, ...], *, as_json: bool) -> None:
    if as_json:
        events = [{"event": happened.event, "person": happened.person} for happened in named]
        typer.echo(json.dumps({**written._asdict(), "path": str(written.path), "events": events}))
        return
    for happened in named:
        typer.echo(f"person {happened.person}: {happened.event}")
    typer.echo(f"{written.path}: {written.persons} persons, {written.records} records, {written.bytes} bytes")


def _fail(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def main() -> None:
    """Runs the command."""
    app(prog_name="registerbro-sandbox")


if __name__ == "__main__":
    main()
