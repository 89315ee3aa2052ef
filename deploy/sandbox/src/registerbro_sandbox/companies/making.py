"""How a fictional company or production unit begins: its first rows, drawn from seed and index."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from registerbro_sandbox.companies import numbers
from registerbro_sandbox.companies.names import company_name, form_of
from registerbro_sandbox.companies.rows import LOCATION, POSTAL, Entity, Value
from registerbro_sandbox.companies.unit import CvrUnit, Kind, Package
from registerbro_sandbox.companies.words import ABROAD, CARE_OF, CREDIT, INDUSTRIES, UNSTATED, Trade
from registerbro_sandbox.persons.homes import Draw, generator, pick
from registerbro_sandbox.persons.places import PLACES, ROADS

Values: TypeAlias = Mapping[str, Value]
Made: TypeAlias = tuple[Entity, Values, dt.date, dt.date | None, bool]

BASE_SEQUENCE = 400_000  # of all that was there before the world began
NEW_CODES = dt.date(2025, 1, 1)  # DB25 from here on, DB07 before
_IMPORTED = dt.datetime(2025, 1, 3, 9, 21, 55, tzinfo=dt.UTC)
BEGINNING = Package(-1, BASE_SEQUENCE, _IMPORTED)
_OLDEST, _NEWEST = dt.date(1985, 3, 1).toordinal(), dt.date(2024, 11, 1).toordinal()
_ADDRESS_FIELDS = [
    "Adresse",
    "CVRAdresse_adresseFritekst",
    "CVRAdresse_doerbetegnelse",
    "CVRAdresse_etagebetegnelse",
    "CVRAdresse_husnummerFra",
    "CVRAdresse_husnummerTil",
    "CVRAdresse_kommunekode",
    "CVRAdresse_kommunenavn",
    "CVRAdresse_landekode",
    "CVRAdresse_postboks",
    "CVRAdresse_postdistrikt",
    "CVRAdresse_postnummer",
    "CVRAdresse_supplerendeBynavn",
    "CVRAdresse_vejkode",
    "CVRAdresse_vejnavn",
    "coNavn",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Birth:
    """A company that is founded or a unit that is opened while the world runs: it has no past."""

    day: dt.date
    name: str = ""  # none: drawn


def company(seed: int, index: int, birth: Birth | None = None, package: Package = BEGINNING) -> CvrUnit:
    """Company ``index`` as it began."""
    draw = generator(seed, "company", index)
    unit = CvrUnit(Kind.COMPANY, numbers.cvr_number(index), numbers.company_id(index))
    start, end = _life(draw, birth, may_have_ceased=index % 17 == 11)
    name = birth.name if birth and birth.name else company_name(seed, index)
    form = form_of(seed, index)
    parts = [
        (Entity.UNIT, unit_values(unit), start, None, False),
        (Entity.COMPANY, company_values(unit.number, start, end), start, end, False),
        *_names(draw, name, start, end, has_past=birth is None),
        *_common(draw, start, end, has_past=birth is None),
        (Entity.FORM, {"vaerdi": form.code, "vaerdiTekst": form.text}, start, end, False),
        (Entity.DATA_SUPPLIER, {"vaerdi": "ES", "vaerdiTekst": "Erhvervsstyrelsen"}, start, end, False),
    ]
    if birth is None and draw() < 0.02:
        fields = ("Kreditoplysning", "kreditoplysningstekst", "statusvaerdi", "statusvaerdiTekst")
        parts.append((Entity.CREDIT, dict(zip(fields, CREDIT, strict=True)), start, end, False))
    return filled(unit, parts, package)


def production_unit(
    seed: int,
    index: int,
    parent: CvrUnit,
    parent_name: str,
    birth: Birth | None = None,
    package: Package = BEGINNING,
) -> CvrUnit:
    """Production unit ``index`` of a company as it began."""
    draw = generator(seed, "unit", index)
    unit = CvrUnit(Kind.PRODUCTION_UNIT, numbers.p_number(index), numbers.unit_id(index))
    founded, ended = _span(parent)
    start, _ = _life(draw, birth, may_have_ceased=False)
    start = founded if ended and start >= ended else max(start, founded)
    place = pick(draw, PLACES)
    name = parent_name if draw() < 0.5 else f"{parent_name} - {place.district}"
    name = birth.name if birth and birth.name else name
    parts = [
        (Entity.UNIT, unit_values(unit), start, None, False),
        (
            Entity.PRODUCTION_UNIT,
            unit_master_values(unit.number, parent.number, start, ended),
            start,
            ended,
            False,
        ),
        (Entity.NAME, {"vaerdi": name, "sekvens": "0"}, start, ended, False),
        *_common(draw, start, ended, has_past=birth is None),
        (Entity.DATA_SUPPLIER, {"vaerdi": "ES", "vaerdiTekst": "Erhvervsstyrelsen"}, start, ended, False),
    ]
    return filled(unit, parts, package)


def filled(unit: CvrUnit, rows: list[Made], package: Package) -> CvrUnit:
    """A new unit with its rows."""
    for entity, values, since, until, is_secret in rows:
        if until is None or since < until:
            unit.insert(package, entity, values, since, until, is_secret=is_secret)
    return unit


def address(draw: Draw, use: str = LOCATION) -> Values:
    """An address: seldom abroad or a post box, sometimes a flat or care of somebody."""
    if draw() < 0.03:
        country, text = pick(draw, ABROAD)
        text = text.format(1 + int(draw() * 90))
        return address_values(use, CVRAdresse_adresseFritekst=text, CVRAdresse_landekode=country)
    place, road = pick(draw, PLACES), pick(draw, ROADS)
    more: dict[str, Value] = {
        "CVRAdresse_kommunekode": place.municipality,
        "CVRAdresse_landekode": "DK",
        "CVRAdresse_postdistrikt": place.district,
        "CVRAdresse_postnummer": place.postcode,
        "CVRAdresse_supplerendeBynavn": place.city or None,
    }
    if draw() < 0.03:
        return address_values(use, **more, CVRAdresse_postboks=str(1 + int(draw() * 900)))
    house = 1 + int(draw() * 180)
    more |= {
        "CVRAdresse_vejkode": road.code,
        "CVRAdresse_vejnavn": road.name,
        "CVRAdresse_husnummerFra": f"{house}{pick(draw, ('', '', '', 'A', 'B'))}",
        "CVRAdresse_husnummerTil": str(house + 2) if draw() < 0.05 else None,
        "coNavn": pick(draw, CARE_OF) if draw() < 0.08 else None,
    }
    if draw() < 0.3:
        more["CVRAdresse_etagebetegnelse"] = pick(draw, ("st", "1", "2", "3"))
        more["CVRAdresse_doerbetegnelse"] = pick(draw, ("th", "tv", "mf"))
    return address_values(use, **more)


def address_values(use: str, **fields: Value) -> Values:
    """An address with every field of the schema, those not given empty."""
    return {"AdresseringAnvendelse": use, **dict.fromkeys(_ADDRESS_FIELDS), **fields}


def industry(trade: Trade, place: int, *, is_old: bool = False) -> Values:
    """An industry at a place of the list: 0 the main one, 1 to 3 secondary ones."""
    code, text = (trade.old, trade.old_text) if is_old else (trade.new, trade.new_text)
    return {"vaerdi": code, "vaerdiTekst": text, "sekvens": str(place)}


def _life(draw: Draw, birth: Birth | None, *, may_have_ceased: bool) -> tuple[dt.date, dt.date | None]:
    start = dt.date.fromordinal(_OLDEST + int(draw() * (_NEWEST - _OLDEST)))
    chance = draw()
    if birth:
        return birth.day, None
    if not may_have_ceased:
        return start, None
    return start, start + dt.timedelta(days=1 + int(chance * (_NEWEST - start.toordinal())))


def _span(parent: CvrUnit) -> tuple[dt.date, dt.date | None]:
    master = next(row for row in parent.rows if row.entity is Entity.COMPANY)
    return dt.date.fromisoformat(str(master.values["virksomhedStartdato"])), parent.ended()


def unit_values(unit: CvrUnit) -> Values:
    """The values of a unit's first row."""
    is_company = unit.kind is Kind.COMPANY
    return {
        "enhedsType": "Virksomhed" if is_company else "Produktionsenhed",
        "forretningsnoegle": unit.number,
        "forretningsnoegletype": "CVRNummer" if is_company else "PNummer",
        "status": "aktiv",
    }


def company_values(number: str, start: dt.date, end: dt.date | None) -> Values:
    """The values of a company's master row."""
    return {
        "CVRNummer": number,
        "virksomhedStartdato": start.isoformat(),
        "virksomhedOphoersdato": end.isoformat() if end else None,
        "status": "inaktiv" if end else "aktiv",
    }


def unit_master_values(number: str, company: str, start: dt.date, end: dt.date | None) -> Values:
    """The values of a production unit's master row."""
    return {
        "pNummer": number,
        "tilknyttetVirksomhedsCVRNummer": company,
        "tilknyttetTilVirksomhedStartdato": start.isoformat(),
        "tilknyttetTilVirksomhedOphoersdato": end.isoformat() if end else None,
        "produktionsenhedStartdato": start.isoformat(),
        "produktionsenhedOphoersdato": end.isoformat() if end else None,
        "status": "inaktiv" if end else "aktiv",
    }


def _names(draw: Draw, name: str, start: dt.date, end: dt.date | None, *, has_past: bool) -> Iterator[Made]:
    change = _between(draw, start, end) if has_past and draw() < 0.2 else None
    if change:
        yield (
            Entity.NAME,
            {"vaerdi": f"{name.split(maxsplit=1)[0]} af {start.year}", "sekvens": "0"},
            start,
            change,
            False,
        )
    yield Entity.NAME, {"vaerdi": name, "sekvens": "0"}, change or start, end, False
    if draw() < 0.1:
        yield (
            Entity.NAME,
            {"vaerdi": f"{name.split(maxsplit=1)[0]} Danmark", "sekvens": "1"},
            start,
            end,
            False,
        )


def _common(draw: Draw, start: dt.date, end: dt.date | None, *, has_past: bool) -> Iterator[Made]:
    """What companies and production units have alike."""
    change = _between(draw, start, end) if has_past and draw() < 0.25 else None
    former, present = address(draw), address(draw)
    if change:
        yield Entity.ADDRESS, former, start, change, False
    yield Entity.ADDRESS, present, change or start, end, False
    if draw() < 0.03:
        yield Entity.ADDRESS, address(draw, POSTAL), start, end, False
    yield from _contact(draw, start, end)
    yield from _industries(draw, start, end)
    yield Entity.ADVERTISING_PROTECTION, {"vaerdi": draw() < 0.25}, start, end, False


def _contact(draw: Draw, start: dt.date, end: dt.date | None) -> Iterator[Made]:
    number = f"{20 + int(draw() * 79)}{int(draw() * 1_000_000):06}"
    if (chance := draw()) < 0.8:
        shown = f"+45{number}" if chance < 0.1 else number
        yield Entity.PHONE, {"vaerdi": shown}, start, end, draw() < 0.05
    if draw() < 0.15:
        yield Entity.FAX, {"vaerdi": number[:-1] + "9"}, start, end, False
    if draw() < 0.7:
        yield Entity.EMAIL, {"vaerdi": f"post{int(draw() * 10_000)}@firma.example"}, start, end, draw() < 0.05


def _industries(draw: Draw, start: dt.date, end: dt.date | None) -> Iterator[Made]:
    count = 1 + (int(draw() * 3) + 1 if draw() < 0.2 else 0)
    chosen: list[Trade] = [UNSTATED if draw() < 0.02 else pick(draw, INDUSTRIES)]
    while len(chosen) < count:
        trade = pick(draw, INDUSTRIES)
        if trade not in chosen:
            chosen.append(trade)
    for place, trade in enumerate(chosen):
        if start < NEW_CODES:
            until = min(end or NEW_CODES, NEW_CODES)
            yield Entity.INDUSTRY, industry(trade, place, is_old=True), start, until, False
        if end is None or end > NEW_CODES:
            yield Entity.INDUSTRY, industry(trade, place), max(start, NEW_CODES), end, False


def _between(draw: Draw, start: dt.date, end: dt.date | None) -> dt.date | None:
    """A day within a life; None if it is too short."""
    days = (end.toordinal() if end else _NEWEST) - start.toordinal()
    return start + dt.timedelta(days=1 + int(draw() * (days - 1))) if days > 2 else None
