"""What can happen to a unit, as steps for ``World.change``. What is not said is drawn, anew each time."""

import datetime as dt
from collections.abc import Mapping, Sequence

from registerbro_sandbox.companies import making
from registerbro_sandbox.companies.changes import Cease, Replace
from registerbro_sandbox.companies.rows import LOCATION, Entity, Value
from registerbro_sandbox.companies.unit import CannotHappen, CvrUnit, Kind
from registerbro_sandbox.companies.words import CREDIT, INDUSTRIES, Trade
from registerbro_sandbox.companies.world import World
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.persons.homes import Draw, generator, pick

CREDIT_FIELDS = ("Kreditoplysning", "kreditoplysningstekst", "statusvaerdi", "statusvaerdiTekst")
_MOST_INDUSTRIES = 4
_BY_CODE = {trade.new: trade for trade in reversed(INDUSTRIES)}


def moves(world: World, unit: CvrUnit, day: dt.date, fields: Mapping[str, Value] | None = None) -> Replace:
    """Another location address, drawn, or with these fields (``CVRAdresse_vejnavn`` …) of it given."""
    unit = world.by_id(unit.object_id) or unit
    draw = _draw(world, unit, "moves")
    before = next((row.values for row in unit.last(Entity.ADDRESS, day)), None)
    values = making.address(draw)
    while values == before:
        values = making.address(draw)
    given = {name: value for name, value in (fields or {}).items() if value is not None}
    if unknown := given.keys() - values.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: no field of an address")
    return _replace(unit, Entity.ADDRESS, [{**values, **given, "AdresseringAnvendelse": LOCATION}], day)


def is_renamed(unit: CvrUnit, name: str, day: dt.date) -> Replace:
    """Another name."""
    return _replace(unit, Entity.NAME, [{"vaerdi": name, "sekvens": "0"}], day)


def works_as(world: World, unit: CvrUnit, codes: Sequence[str], day: dt.date) -> Replace:
    """Other industries, the main one first; drawn if none is given. A code that is not one of ours is taken without a text."""
    if len(codes) > _MOST_INDUSTRIES:
        raise ValueError("a unit has one main industry and up to three others")
    unit = world.by_id(unit.object_id) or unit
    before, draw = unit.value(Entity.INDUSTRY, day, slot="0"), _draw(world, unit, "industry")
    trades = [_BY_CODE.get(code, Trade(code, "", code, "")) for code in codes]
    while not trades or (not codes and trades[0].new == before):
        trades = [pick(draw, INDUSTRIES)]
    rows = [making.industry(trade, place) for place, trade in enumerate(trades)]
    return _replace(unit, Entity.INDUSTRY, rows, day)


def is_reached_at(
    unit: CvrUnit, entity: Entity, value: str, day: dt.date, *, is_secret: bool = False
) -> Replace:
    """Another telephone or fax number or e-mail address; empty: none any more. What is secret is not published."""
    rows = [{"vaerdi": value}] if value else []
    return _replace(unit, entity, rows, day, is_secret=is_secret)


def is_protected(unit: CvrUnit, day: dt.date, *, on: bool) -> Replace:
    """Advertising protection, or none."""
    return _replace(unit, Entity.ADVERTISING_PROTECTION, [{"vaerdi": on}], day)


def is_bankrupt(unit: CvrUnit, day: dt.date, *, on: bool) -> Replace:
    """Bankruptcy, or its end."""
    rows = [dict(zip(CREDIT_FIELDS, CREDIT, strict=True))] if on else []
    return _replace(unit, Entity.CREDIT, rows, day)


def ceases(unit: CvrUnit, day: dt.date) -> Cease:
    """It ends, today or earlier. Raises ``CannotHappen`` for a day to come."""
    if day > danish_day():
        raise CannotHappen("a unit ceases today or earlier, not in the future")
    return Cease(object_id=unit.object_id, day=day)


def with_living_units(world: World, unit: CvrUnit) -> list[CvrUnit]:
    """A unit, and after a company its production units that have not ceased."""
    if unit.kind is not Kind.COMPANY:
        return [unit]
    return [unit, *(each for each in world.units_of(unit.number) if not each.ended())]


def is_sold(unit: CvrUnit, company: CvrUnit, day: dt.date) -> Replace:
    """A production unit belongs to another company."""
    if unit.kind is not Kind.PRODUCTION_UNIT or company.kind is not Kind.COMPANY:
        raise CannotHappen("a production unit is sold to a company")
    before = next(row.values for row in unit.last(Entity.PRODUCTION_UNIT, day))
    values = {
        **before,
        "tilknyttetVirksomhedsCVRNummer": company.number,
        "tilknyttetTilVirksomhedStartdato": day.isoformat(),
    }
    return _replace(unit, Entity.PRODUCTION_UNIT, [values], day)


def _replace(
    unit: CvrUnit,
    entity: Entity,
    rows: Sequence[Mapping[str, Value]],
    day: dt.date,
    *,
    is_secret: bool = False,
) -> Replace:
    return Replace(
        object_id=unit.object_id,
        entity=entity,
        rows=tuple(dict(row) for row in rows),
        since=day,
        is_secret=is_secret,
    )


def _draw(world: World, unit: CvrUnit, what: str) -> Draw:
    return generator(world.seed, what, unit.object_id, unit.made)
