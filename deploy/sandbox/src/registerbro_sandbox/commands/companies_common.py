"""What commands about companies share."""

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from registerbro_sandbox.commands.common import fail
from registerbro_sandbox.companies import CannotHappen, CvrUnit, NoCompanies, UnknownUnit, World
from registerbro_sandbox.serving import today

CANNOT = (CannotHappen, FileExistsError, NoCompanies, UnknownUnit, OSError, ValueError)
"""What a command fails with."""

Number = Annotated[str, typer.Argument(help="A CVR number or P-number.")]
Numbers = Annotated[list[str], typer.Argument(help="CVR numbers and P-numbers.")]
OnDate = Annotated[
    dt.datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="From when it is so; today if not given."),
]


def world_of(into: Path) -> World:
    """The register of a directory."""
    try:
        return World.read(into)
    except CANNOT as error:
        fail(str(error))


def unit_of(world: World, number: str) -> CvrUnit:
    """The unit with a number."""
    unit = world.by_number(number)
    if unit is None:
        fail("the register has no such unit")
    return unit


def about(unit: CvrUnit, day: dt.date) -> dict[str, Any]:
    """A unit as JSON shows it."""
    ended = unit.ended()
    return {
        "kind": unit.kind,
        "number": unit.number,
        "object_id": unit.object_id,
        "name": unit.name(day),
        "company": unit.company,
        "ended": ended.isoformat() if ended else None,
    }


def line_of(unit: CvrUnit, day: dt.date) -> str:
    """A unit as a line of text."""
    ended = f" (ceased {unit.ended()})" if unit.ended() else ""
    return f"{unit.number} {unit.object_id} {unit.name(day)}{ended}"


def say(told: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print a result."""
    typer.echo(json.dumps(told) if as_json else text)


def day_of(date: dt.datetime | None) -> dt.date:
    """A date that was given, or today."""
    return date.date() if date else today()
