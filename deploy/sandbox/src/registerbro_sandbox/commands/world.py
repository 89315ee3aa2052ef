"""Worlds: generated persons, what happens to them, and CPR's answers to what customers upload."""

import datetime as dt
import enum
import json
from typing import Annotated, Any

import typer

from registerbro_sandbox import worlds
from registerbro_sandbox.commands.common import AsJson, Into, fail
from registerbro_sandbox.handover import Production
from registerbro_sandbox.persons import (
    MAX_SIZE,
    CannotHappen,
    Delivery,
    Form,
    Layout,
    LifeEvent,
    Named,
    Population,
    World,
    Written,
)
from registerbro_sandbox.persons.chronicle import AlreadyThere, Chronicle, NoWorld, outcome
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK
from registerbro_sandbox.serving import today
from registerbro_sandbox.settings import DIRECTORY, INPUT_DIRECTORY

app = typer.Typer()
_CANNOT = (AlreadyThere, CannotHappen, NoWorld, worlds.NothingWaits, IndexError, OSError, ValueError)


class LineEnd(enum.StrEnum):
    """What ends a line."""

    LF = "lf"
    CRLF = "crlf"


FileForm = Annotated[Form, typer.Option(help="A record a line, or one unbroken stream.")]
LineEnds = Annotated[LineEnd, typer.Option(help="What ends a line.")]
Padded = Annotated[bool, typer.Option("--padded", help="Keep the trailing blanks of each line.")]
AddressesLast = Annotated[
    bool,
    typer.Option(
        "--addresses-last", help="Put all records 003 after everything else, as CPR sometimes does."
    ),
]
Inbox = Annotated[
    str,
    typer.Option(
        envvar="REGISTERBRO_SANDBOX__FTP__INPUT_DIRECTORY",
        help="The directory in the world's into which customers upload.",
    ),
]
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
    subscribed: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="The first extract delivers only so many; the others are known to CPR, and delivered once"
            " they are subscribed. All if not given.",
        ),
    ] = None,
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
        _, written = Chronicle.begin(into, Population(seed, persons), delivery, subscribed=subscribed)
    except (AlreadyThere, OSError, ValueError) as error:
        fail(str(error))
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
    lose: Annotated[
        bool, typer.Option("--lose", help="The file never reaches the server: the next one shows a gap.")
    ] = False,
    files: Annotated[
        int, typer.Option(min=1, max=366, help="Spread the persons over files of so many days in a row.")
    ] = 1,
    input_directory: Inbox = INPUT_DIRECTORY,
    form: FileForm = Form.LINES,
    line_end: LineEnds = LineEnd.LF,
    padded: Padded = False,
    addresses_last: AddressesLast = False,
    as_json: AsJson = False,
) -> None:
    """Let something happen and write the change file: all current records of everybody touched, with the events (099).

    Input files that customers have uploaded, and that are due, are answered in it, and whoever was subscribed by CPR
    Direkte comes in it. CPR Direkte answers from the new state at once.
    """
    layout = _layout(form, line_end, padded, addresses_last)
    production = Production(layout, into / input_directory, files, is_lost=lose)
    try:
        happened = worlds.change(
            into,
            lambda world, day: _named(event or [], world, day),
            production,
            day=_day(date),
            share=share,
        )
    except _CANNOT as error:
        fail(str(error))
    _show_day(happened, is_lost=lose, as_json=as_json)


@app.command()
def answer(
    *,
    into: Into = DIRECTORY,
    date: OnDate = None,
    input_directory: Inbox = INPUT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Deliver what customers ordered, by input files and by CPR Direkte, without anything else happening. `change` does, too."""
    try:
        happened = worlds.answer(into, Production(Layout(), into / input_directory), day=_day(date))
    except _CANNOT as error:
        fail(str(error))
    _show_day(happened, is_lost=False, as_json=as_json)


def _named(texts: list[str], world: World, day: dt.date) -> tuple[Named, ...]:
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
            person = world.first(event, day, [other.person for other in named])
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


def _show_day(brought: worlds.Happened, *, is_lost: bool, as_json: bool) -> None:
    handed, named = brought.handed, brought.change.named
    answers = handed.answers
    if as_json:
        first = handed.written[0]
        more: dict[str, Any] = {
            "events": [{"event": happened.event, "person": happened.person} for happened in named],
            "files": [{**written._asdict(), "path": str(written.path)} for written in handed.written],
            "lost": is_lost,
            "answered": {"files": answers.files, "lines": answers.lines, "rejected": answers.rejected},
            "online": {name: len(numbers) for name, numbers in outcome(handed.online.statements).items()},
        }
        typer.echo(json.dumps({**first._asdict(), "path": str(first.path), **more}))
        return
    for happened in named:
        typer.echo(f"person {happened.person}: {happened.event}")
    for name in answers.files:
        typer.echo(f"{name}: answered")
    if said := len(handed.online.statements):
        typer.echo(f"{said} words on subscriptions by CPR Direkte taken up")
    if answers.lines:
        typer.echo(f"{answers.lines} input lines, {answers.rejected} of them rejected")
    for written in handed.written:
        lost = " (lost: it is not on the server)" if is_lost else ""
        name = written.path.name if is_lost else str(written.path)
        typer.echo(
            f"{name}: {written.persons} persons, {written.records} records, {written.bytes} bytes{lost}"
        )
