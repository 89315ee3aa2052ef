"""The register of companies: what there is and what was told of it; ``happenings`` adds what happens."""

import itertools
import json
from typing import Annotated

import typer

from registerbro_sandbox.commands import happenings
from registerbro_sandbox.commands.common import AsJson, Into, fail
from registerbro_sandbox.commands.companies_common import (
    CANNOT,
    Number,
    about,
    line_of,
    say,
    unit_of,
    world_of,
)
from registerbro_sandbox.companies import Entity, Kind, World
from registerbro_sandbox.companies.numbers import MAX_COMPANIES
from registerbro_sandbox.serving import today
from registerbro_sandbox.settings import DIRECTORY

app = typer.Typer(
    no_args_is_help=True, help="Companies and production units: what there is, and what happens."
)
app.add_typer(happenings.app)


@app.command()
def begin(
    *,
    count: Annotated[int, typer.Option(min=0, max=MAX_COMPANIES, help="How many companies.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed makes the same companies, anywhere.")] = 1,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Make a new register of fictional companies. `serve` does it by itself where there is none."""
    try:
        world = World.begin(into, seed, count)
    except CANNOT as error:
        fail(str(error))
    counts = {"companies": world.companies, "units": world.units}
    say(counts, f"{world.companies} companies, {world.units} production units", as_json=as_json)


@app.command("list")
def list_units(
    *,
    name: Annotated[str, typer.Option(help="Only those whose name begins so; of both kinds.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 20,
    skip: Annotated[int, typer.Option(min=0, help="How many to pass over first; not with --name.")] = 0,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List units: samples, companies, production units; or those with a name."""
    world, day = world_of(into), today()
    if name:
        units = world.search(name, size=limit).units
    else:
        ids = itertools.islice(world.object_ids(), skip, skip + limit)
        units = [unit for unit in map(world.by_id, ids) if unit]
    if as_json:
        typer.echo(json.dumps([about(unit, day) for unit in units]))
        return
    for unit in units:
        typer.echo(line_of(unit, day))


@app.command()
def show(number: Number, *, into: Into = DIRECTORY, as_json: AsJson = False) -> None:
    """Show a unit as it is today: every row that is in force, and the production units of a company."""
    world, day = world_of(into), today()
    unit = unit_of(world, number)
    rows = [row for entity in Entity for row in unit.last(entity, day)]
    units = [each.number for each in world.units_of(unit.number)] if unit.kind is Kind.COMPANY else []
    if as_json:
        shown = [{"entity": row.entity, **row.values} for row in rows]
        typer.echo(json.dumps({**about(unit, day), "rows": shown, "units": units}))
        return
    typer.echo(line_of(unit, day))
    for row in rows:
        filled = ", ".join(f"{name}={value}" for name, value in row.values.items() if value is not None)
        typer.echo(f"  {row.entity} since {row.virkning_fra}: {filled}")
    if units:
        typer.echo(
            f"  {len(units)} production units: {', '.join(units[:10])}{' …' if len(units) > 10 else ''}"
        )


@app.command()
def events(
    *,
    after: Annotated[int, typer.Option(min=0, help="The number after which they are listed.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 20,
    into: Into = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List events, and how far imports have come."""
    world = world_of(into)
    listed, status = world.events(after, limit), world.status()
    if as_json:
        shown = [
            {
                "id": e.id,
                "object_id": e.object_id,
                "entity": e.entity,
                "action": e.action,
                "at": e.at.isoformat(),
            }
            for e in listed
        ]
        mark = {"last_event_id": status.last_event_id, "last_sequence": status.last_sequence}
        typer.echo(json.dumps({"events": shown, **mark}))
        return
    for event in listed:
        typer.echo(f"{event.id} {event.at:%Y-%m-%d %H:%M:%S} {event.object_id} {event.entity} {event.action}")
    typer.echo(f"imported up to event {status.last_event_id}, package {status.last_sequence}")
