"""What happens to companies and production units: each command is one package of the register, which all servers tell of at once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from registerbro_sandbox.commands.common import AsJson, Into, fail
from registerbro_sandbox.commands.companies_common import (
    CANNOT,
    Number,
    Numbers,
    OnDate,
    about,
    day_of,
    line_of,
    say,
    unit_of,
    world_of,
)
from registerbro_sandbox.companies import (
    Changed,
    Correct,
    CvrUnit,
    Entity,
    Found,
    Hold,
    Open,
    Recode,
    Release,
    Reopen,
    Repeat,
    Step,
    World,
    happenings,
)
from registerbro_sandbox.serving import today
from registerbro_sandbox.settings import DIRECTORY

app = typer.Typer()


@app.command()
def move(
    numbers: Numbers,
    *,
    road: Annotated[str | None, typer.Option(help="Name of the road.")] = None,
    house: Annotated[str | None, typer.Option(help="House number, with its letter.")] = None,
    postcode: Annotated[str | None, typer.Option()] = None,
    district: Annotated[str | None, typer.Option(help="Post district.")] = None,
    care_of: Annotated[str | None, typer.Option(help="Care-of name; empty: none.")] = None,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Units move; what of the address is not given is drawn."""
    fields = {
        "CVRAdresse_vejnavn": road,
        "CVRAdresse_husnummerFra": house,
        "CVRAdresse_postnummer": postcode,
        "CVRAdresse_postdistrikt": district,
        "coNavn": care_of,
    }
    _each(
        into,
        numbers,
        lambda world, unit: happenings.moves(world, unit, day_of(date), fields),
        as_json=as_json,
    )


@app.command()
def rename(
    number: Number,
    name: Annotated[str, typer.Argument(help="The new name.")],
    *,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A unit gets another name, now or on a day to come."""
    _each(into, [number], lambda _, unit: happenings.is_renamed(unit, name, day_of(date)), as_json=as_json)


@app.command()
def industry(
    number: Number,
    codes: Annotated[
        list[str] | None, typer.Argument(help="Six digits each, the main one first; drawn if not given.")
    ] = None,
    *,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A unit works in another industry."""
    for code in codes or []:
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise typer.BadParameter("six digits expected", param_hint="CODES")
    _each(
        into,
        [number],
        lambda world, unit: happenings.works_as(world, unit, codes or [], day_of(date)),
        as_json=as_json,
    )


@app.command()
def contact(
    number: Number,
    *,
    phone: Annotated[str | None, typer.Option(help="Empty: none any more.")] = None,
    fax: Annotated[str | None, typer.Option(help="Empty: none any more.")] = None,
    email: Annotated[str | None, typer.Option(help="Empty: none any more.")] = None,
    secret: Annotated[bool, typer.Option("--secret", help="What is given is not published.")] = False,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A unit gets another telephone or fax number or e-mail address."""
    given = {Entity.PHONE: phone, Entity.FAX: fax, Entity.EMAIL: email}
    told = {entity: value for entity, value in given.items() if value is not None}
    if not told:
        raise typer.BadParameter("say at least one of --phone, --fax, --email")
    world = world_of(into)
    unit = unit_of(world, number)
    steps = [
        happenings.is_reached_at(unit, entity, value, day_of(date), is_secret=secret)
        for entity, value in told.items()
    ]
    _change(world, steps, [unit], as_json=as_json)


@app.command()
def cease(
    number: Number,
    *,
    with_units: Annotated[
        bool, typer.Option("--with-units", help="A company's production units cease with it.")
    ] = False,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A unit ceases, today or earlier."""
    world, day = world_of(into), day_of(date)
    if day > today():
        raise typer.BadParameter("not in the future", param_hint="--date")
    unit = unit_of(world, number)
    units = happenings.with_living_units(world, unit) if with_units else [unit]
    _change(world, [happenings.ceases(each, day) for each in units], units, as_json=as_json)


@app.command()
def reopen(number: Number, *, date: OnDate = None, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """A unit that ceased lives again, as it was."""
    _each(into, [number], lambda _, unit: Reopen(object_id=unit.object_id, day=day_of(date)), as_json=as_json)


@app.command()
def found(
    name: Annotated[str, typer.Argument(help="Its name; drawn if not given.")] = "",
    *,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A new company."""
    _change(world_of(into), [Found(day=day_of(date), name=name)], [], as_json=as_json)


@app.command("open")
def open_unit(
    company: Annotated[str, typer.Argument(help="The company's CVR number.")],
    name: Annotated[str, typer.Argument(help="The unit's name; drawn if not given.")] = "",
    *,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A new production unit of a company."""
    _change(world_of(into), [Open(company=company, day=day_of(date), name=name)], [], as_json=as_json)


@app.command()
def sell(
    number: Annotated[str, typer.Argument(help="The production unit's P-number.")],
    to: Annotated[str, typer.Argument(help="The CVR number of the company that buys it.")],
    *,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A production unit belongs to another company."""
    _each(
        into,
        [number],
        lambda world, unit: happenings.is_sold(unit, unit_of(world, to), day_of(date)),
        as_json=as_json,
    )


@app.command()
def protect(
    numbers: Numbers,
    *,
    off: Annotated[bool, typer.Option("--off", help="The protection ends.")] = False,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Units get advertising protection."""
    _each(
        into,
        numbers,
        lambda _, unit: happenings.is_protected(unit, day_of(date), on=not off),
        as_json=as_json,
    )


@app.command()
def bankrupt(
    number: Number,
    *,
    off: Annotated[bool, typer.Option("--off", help="The bankruptcy ends.")] = False,
    date: OnDate = None,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """A company goes bankrupt."""
    _each(
        into,
        [number],
        lambda _, unit: happenings.is_bankrupt(unit, day_of(date), on=not off),
        as_json=as_json,
    )


@app.command()
def correct(numbers: Numbers, *, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """All rows of units are deleted and inserted again as they were, as the register does it to repair."""
    _each(into, numbers, lambda _, unit: Correct(object_id=unit.object_id), as_json=as_json)


@app.command()
def recode(*, date: OnDate = None, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """A storm: every unit gets another main industry, as when a classification is replaced; two events each."""
    _change(world_of(into), [Recode(since=day_of(date))], [], as_json=as_json)


@app.command()
def repeat(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """The last events come again, marked as those of a failed import."""
    _change(world_of(into), [Repeat()], [], as_json=as_json)


@app.command()
def hold(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """The watermark stays where it is, although events come: imports have not been finished."""
    _change(world_of(into), [Hold()], [], as_json=as_json)


@app.command()
def release(*, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """The watermark follows again."""
    _change(world_of(into), [Release()], [], as_json=as_json)


def _each(into: Path, numbers: list[str], make: Callable[[World, CvrUnit], Step], *, as_json: bool) -> None:
    world = world_of(into)
    units = [unit_of(world, number) for number in numbers]
    try:
        steps = [make(world, unit) for unit in units]
    except CANNOT as error:
        fail(str(error))
    _change(world, steps, units, as_json=as_json)


def _change(world: World, steps: Sequence[Step], units: list[CvrUnit], *, as_json: bool) -> None:
    try:
        changed = world.change(*steps)
    except CANNOT as error:
        fail(str(error))
    _show(world, changed, [*units, *changed.born], as_json=as_json)


def _show(world: World, changed: Changed, units: list[CvrUnit], *, as_json: bool) -> None:
    day, now = today(), [world.by_id(unit.object_id) or unit for unit in units]
    numbers = changed.events
    told_of = {
        "units": [about(unit, day) for unit in now],
        "events": len(numbers),
        "first_event": numbers.start if numbers else None,
        "sequence": changed.package.sequence,
    }
    told = f"events {numbers.start} to {numbers.stop - 1}" if numbers else "no events"
    say(told_of, "\n".join([*(line_of(unit, day) for unit in now), told]), as_json=as_json)
