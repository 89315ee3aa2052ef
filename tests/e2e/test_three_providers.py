"""The same companies through Datafordeleren's REST and GraphQL services and KMD Logic: the same contacts, as far as each tells."""

import contextlib
import datetime as dt
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from registerbro.contacts.model import Outcome
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Part, Unit, UnitKind
from registerbro.database import Pool, open_pool
from registerbro.registers.port import Provider
from registerbro_sandbox.companies import CvrUnit, Entity, Kind, World, happenings
from registerbro_sandbox.companies.changes import Cease, Replace
from registerbro_sandbox.direct.desk import danish_day

from tests.support.postgres import temporary_database
from tests.support.three_providers import Providers, store, three_providers
from tests.support.units import stored

REST, GRAPHQL, LOGIC = Provider.DATAFORDELER_REST, Provider.DATAFORDELER_GRAPHQL, Provider.KMD_LOGIC
COMPANIES, SOME, DRAWN = 120, 1, 6
TODAY = danish_day()
BALLERUP = PNumber("1003387453")


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with three_providers(tmp_path_factory.mktemp("three"), COMPANIES) as running:
        yield running


@pytest.fixture(scope="module")
def numbers(providers: Providers) -> list[UnitNumber]:
    """Units of every sort, drawn and made."""
    units = [unit for each in providers.world.object_ids() if (unit := providers.world.by_id(each))]
    drawn = [*units[:DRAWN], *units[-DRAWN:], *_sorts(units)]
    made = [*_happened(providers.world, [each for each in units if not each.ended()])]
    return [_number(unit) for unit in {each.number: each for each in (*drawn, *made)}.values()]


def _sorts(units: Sequence[CvrUnit]) -> Iterator[CvrUnit]:
    for sort, is_so in SORTS.items():
        found = [unit for unit in units if is_so(unit)][:SOME]
        assert found, sort
        yield from found


def _number(unit: CvrUnit) -> UnitNumber:
    return CvrNumber(unit.number) if unit.kind is Kind.COMPANY else PNumber(unit.number)


def _place(unit: CvrUnit, field: str) -> Any:
    return unit.value(Entity.ADDRESS, TODAY, field)


SORTS: Mapping[str, Callable[[CvrUnit], bool]] = {
    "ceased company": lambda unit: unit.ended() is not None and unit.kind is Kind.COMPANY,
    "ceased unit": lambda unit: unit.ended() is not None and unit.kind is Kind.PRODUCTION_UNIT,
    "abroad": lambda unit: bool(_place(unit, "CVRAdresse_adresseFritekst")),
    "post box": lambda unit: bool(_place(unit, "CVRAdresse_postboks")),
    "several houses": lambda unit: bool(_place(unit, "CVRAdresse_husnummerTil")),
    "locality": lambda unit: bool(_place(unit, "CVRAdresse_supplerendeBynavn")),
    "care of": lambda unit: bool(_place(unit, "coNavn")),
    "industries": lambda unit: len(unit.at(Entity.INDUSTRY, TODAY)) > 2,
    "protected": lambda unit: unit.value(Entity.ADVERTISING_PROTECTION, TODAY) is True,
    "fax": lambda unit: bool(unit.value(Entity.FAX, TODAY)),
    "not reached": lambda unit: not unit.value(Entity.PHONE, TODAY) and not unit.value(Entity.EMAIL, TODAY),
    "secret phone": lambda unit: any(row.is_secret for row in unit.rows if row.entity is Entity.PHONE),
    "secondary name": lambda unit: any(row.slot == "1" for row in unit.at(Entity.NAME, TODAY)),
    "two addresses": lambda unit: len({row.slot for row in unit.at(Entity.ADDRESS, TODAY)}) > 1,
}


def _happened(world: World, living: Sequence[CvrUnit]) -> Iterator[CvrUnit]:
    """Things happen to units, each to one company and one production unit; gives those."""
    yesterday, tomorrow = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
    steps: tuple[Callable[[CvrUnit], Replace | Cease], ...] = (
        lambda unit: happenings.is_renamed(unit, "Omdøbt i dag ApS", TODAY),
        lambda unit: happenings.is_renamed(unit, "Omdøbt i morgen ApS", tomorrow),
        lambda unit: happenings.moves(world, unit, TODAY, {"coNavn": "c/o Havnekontoret"}),
        lambda unit: happenings.moves(world, unit, tomorrow),
        lambda unit: happenings.is_reached_at(unit, Entity.PHONE, "", TODAY),
        lambda unit: happenings.is_reached_at(unit, Entity.PHONE, "20202020", TODAY, is_secret=True),
        lambda unit: happenings.is_reached_at(unit, Entity.EMAIL, "ny@firma.example", TODAY),
        lambda unit: happenings.works_as(world, unit, ("702000", "621000", "254000"), TODAY),
        lambda unit: happenings.works_as(world, unit, ("702000",), tomorrow),
        lambda unit: happenings.is_protected(unit, TODAY, on=True),
        lambda unit: Cease(object_id=unit.object_id, day=TODAY),
        lambda unit: Cease(object_id=unit.object_id, day=yesterday),
        lambda unit: Cease(object_id=unit.object_id, day=tomorrow),
        lambda unit: Replace(object_id=unit.object_id, entity=Entity.ADDRESS, rows=(), since=TODAY),
    )
    for kind in Kind:
        untouched = (each for each in living[2 * DRAWN :] if each.kind is kind)
        for step, unit in zip(steps, untouched, strict=False):
            world.change(step(unit))
            yield unit
    sold, buyer = world.unit("1089377672"), world.company("29189757")
    assert sold
    assert buyer
    world.change(happenings.is_sold(sold, buyer, TODAY), happenings.is_bankrupt(buyer, TODAY, on=True))
    yield from (sold, buyer)


@contextlib.asynccontextmanager
async def a_store(postgres_url: str, template: str) -> AsyncIterator[Pool]:
    with temporary_database(postgres_url, template) as url:
        async with open_pool(url, maximum=8) as pool:
            yield pool


@pytest.mark.parametrize("provider", Provider)
async def test_the_vendors_sample_number_finds_the_unit(
    providers: Providers, pool: Pool, provider: Provider
) -> None:
    async with providers.open(pool, provider) as one:
        unit = await one.lookup.find(BALLERUP)
        assert unit is not None
        by_id = await one.lookup.find_by_id(UnitKind.PRODUCTION_UNIT, str(unit.object_id))
        assert BALLERUP in await one.lookup.production_units(CvrNumber("26911745"))
    assert (unit.name, unit.company) == ("KMD A/S - Ballerup", CvrNumber("26911745"))
    assert by_id is not None
    assert by_id.number == BALLERUP


async def test_each_provider_brings_the_same_contacts_as_far_as_it_tells(
    providers: Providers, numbers: list[UnitNumber], postgres_url: str, template_database: str
) -> None:
    told: dict[Provider, Mapping[str, Unit]] = {}
    kept: dict[Provider, Mapping[str, Any]] = {}
    for provider in Provider:
        async with a_store(postgres_url, template_database) as pool:
            answers = await providers.told(pool, provider, numbers)
            results = await store(pool, answers)
            assert {each.outcome for each in results} <= {Outcome.CREATED, Outcome.FILLED}
            async with pool.acquire() as connection:
                kept[provider] = await stored(connection)
        told[provider] = {str(each.number): each for each in answers}
    differences = [
        (number, str(one), str(other), name, seen[name], beside[name])
        for one, other in ((REST, GRAPHQL), (GRAPHQL, LOGIC), (REST, LOGIC))
        for number in map(str, numbers)
        for seen, beside in [_compared(number, one, other, told, kept)]
        for name in seen
        if seen[name] != beside[name]
    ]
    assert differences == []
    assert len(kept[REST]) == len(numbers)


def _compared(
    number: str,
    one: Provider,
    other: Provider,
    told: Mapping[Provider, Mapping[str, Unit]],
    kept: Mapping[Provider, Mapping[str, Any]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    answers = (told[one][number], told[other][number])
    parts = answers[0].delivers & answers[1].delivers
    untold = frozenset().union(*(each.address.untold for each in answers if each.address))
    has_logic = LOGIC in (one, other)
    seen, beside = (
        _told_by_both(kept[each][number], parts, untold, has_logic=has_logic) for each in (one, other)
    )
    return seen, beside


_POST_BOX = re.compile(r"(, )?Postboks \d+$")
_OF_PART: Mapping[Part, tuple[str, ...]] = {
    Part.NAME: ("name1",),
    Part.PHONE: ("reached.phone_no",),
    Part.FAX: ("reached.fax",),
    Part.EMAIL: ("reached.email",),
    Part.CARE_OF: ("home.address3",),
    Part.START_DATE: ("start_date",),
    Part.END_DATE: ("end_date",),
    Part.STATUS: ("info.Virksomhedsstatus",),
    Part.CREDIT: ("info.Kreditoplysning",),
    Part.ADVERTISING_PROTECTION: ("info.Reklamebeskyttet",),
    Part.COMPANY: ("company",),
}


def _told_by_both(
    contact: Mapping[str, Any], parts: frozenset[Part], untold: frozenset[str], *, has_logic: bool
) -> dict[str, Any]:
    """A contact's values that two providers both tell of."""
    flat = {name: value for name, value in contact.items() if not isinstance(value, dict)}
    for group in ("home", "reached", "info"):
        flat |= {f"{group}.{name}": value for name, value in (contact[group] or {}).items()}
    names = [name for part in parts for name in _OF_PART.get(part, ())]
    names += (
        [f"home.{name}" for name in _places(untold, has_logic=has_logic)] if Part.ADDRESS in parts else []
    )
    values = {name: flat.get(name) for name in names}
    if "po_box" in untold and "home.address1" in values:
        values["home.address1"] = _POST_BOX.sub("", str(values["home.address1"] or ""))
    for label in ("Branche", "Branchetekst", *([] if has_logic else ["Branchekode-udgave"])):
        rows = flat.get(f"info.{label}", [])
        whole = {Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES} <= parts
        values[label] = rows if whole else rows[:1]
    return values


def _places(untold: frozenset[str], *, has_logic: bool) -> Iterator[str]:
    yield from ("address1", "postcode", "post_district", "municipality", "country_code")
    if "locality" not in untold:
        yield "address2"
    if not has_logic:
        yield "start_date"


ROUND = (GRAPHQL, LOGIC, GRAPHQL, REST, LOGIC, REST)


async def test_alternating_providers_blank_nothing_and_write_nothing(
    providers: Providers, numbers: list[UnitNumber], pool: Pool
) -> None:
    outcomes, seen = [], []
    for provider in ROUND:
        results = await store(pool, await providers.told(pool, provider, numbers))
        outcomes.append({each.contact_id for each in results if each.outcome is not Outcome.UNCHANGED})
        async with pool.acquire() as connection:
            seen.append(await stored(connection))
    first, by_logic, again, by_rest, *rest = outcomes
    assert len(first) == len(numbers)
    assert not by_logic | again | rest[0] | rest[1]
    assert seen[0] == seen[1] == seen[2]
    assert seen[3] == seen[4] == seen[5]
    gained = {number for number, contact in seen[3].items() if contact != seen[2][number]}
    with_fax = {number for number, contact in seen[3].items() if contact["reached"]["fax"]}
    assert gained == with_fax
    assert len(by_rest) == len(with_fax) > 0
    versions = await pool.fetch("select contact_id from contact_version")
    assert [len(versions), {row["contact_id"] for row in versions}] == [len(by_rest), by_rest]
