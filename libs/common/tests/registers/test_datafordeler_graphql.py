"""How a unit is gathered from GraphQL's entities: what is asked, how often, which rows count, and what happens when one fails."""

import datetime as dt
import functools
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Classification, Coded, Hit, Industry, Part, Unit, UnitKind
from registerbro.registers.calling import Answer
from registerbro.registers.datafordeler import addresses, graphql_answers, parse
from registerbro.registers.datafordeler.assembling import delivered
from registerbro.registers.datafordeler.entities import LIST_SIZE, OWN, PARTS
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.sheets import COMMON_TOPICS, COMPANY_TOPICS
from registerbro.registers.errors import (
    CallRefused,
    FieldUnusable,
    Refused,
    RegisterError,
    RegisterUnavailable,
    Unreachable,
)

from tests.support.datafordeler_server import Directly, GraphqlServer, Row, row
from tests.support.register_server import Reply, said

NOW = dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)  # the first of July in Denmark
TODAY = dt.date(2026, 7, 1)
TOMORROW = dt.date(2026, 7, 2)
BEGAN, ENDED = dt.date(2011, 1, 1), dt.date(2020, 5, 1)
COMPANY_CALLS, UNIT_CALLS = 9, 7


def cvr(number: int) -> CvrNumber:
    return CvrNumber(str(99000000 + number))


def pnr(number: int) -> PNumber:
    return PNumber(str(1099900000 + number))


def add_company(server: GraphqlServer, number: int, until: dt.date | None = None, **more: Any) -> str:
    """A company with a name; its id."""
    object_id = str(4999000000 + number)
    own = {
        "id": object_id,
        "CVRNummer": 99000000 + number,
        "status": "aktiv",
        "virksomhedStartdato": "2011-01-01",
    }
    server.add("CVR_Virksomhed", row(object_id, BEGAN, until, **{**own, **more}))
    server.add("CVR_Navn", row(object_id, BEGAN, until, vaerdi=f"Firma {number}", sekvens=0))
    return object_id


def add_unit(server: GraphqlServer, number: int, company: int, **more: Any) -> str:
    """A production unit with a name; its id."""
    object_id = str(4998000000 + number)
    own = {
        "id": object_id,
        "pNummer": 1099900000 + number,
        "status": "aktiv",
        "produktionsenhedStartdato": "2011-01-01",
    }
    parent = {"tilknyttetVirksomhedsCVRNummer": 99000000 + company}
    server.add("CVR_Produktionsenhed", row(object_id, **{**own, **parent, **more}))
    server.add("CVR_Navn", row(object_id, vaerdi=f"Enhed {number}", sekvens=0))
    return object_id


@pytest.fixture
def server() -> GraphqlServer:
    return GraphqlServer()


@pytest.fixture
def lookup(server: GraphqlServer) -> GraphqlLookup:
    return GraphqlLookup(Directly(server), clock=lambda: NOW)


async def found(lookup: GraphqlLookup, number: UnitNumber) -> Unit:
    unit = await lookup.find(number)
    assert unit is not None
    return unit


async def test_a_unit_costs_a_call_for_each_entity(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    add_company(server, 1)
    add_unit(server, 1, company=1)
    await found(lookup, cvr(1))
    assert len(server.questions) == len(set(server.questions)) == COMPANY_CALLS
    await found(lookup, pnr(1))
    assert len(server.questions) == COMPANY_CALLS + UNIT_CALLS


async def test_a_hundred_cost_little_more_than_one(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    numbers: list[UnitNumber] = []
    for number in range(LIST_SIZE // 2):
        add_company(server, number)
        add_unit(server, number, company=number)
        numbers += [cvr(number), pnr(number)]
    units = await lookup.find_many(numbers)
    assert {unit.name for unit in units.values() if isinstance(unit, Unit)} == {
        f"{kind} {number}" for kind in ("Firma", "Enhed") for number in range(LIST_SIZE // 2)
    }
    assert len(server.questions) == COMPANY_CALLS + 1


async def test_more_than_a_hundred_are_asked_for_by_hundreds(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    numbers = [cvr(number) for number in range(2 * LIST_SIZE + 1)]
    for number in range(2 * LIST_SIZE + 1):
        add_company(server, number)
    units = await lookup.find_many([*numbers, *numbers])
    assert {number for number, unit in units.items() if isinstance(unit, Unit)} == set(numbers)
    assert len(server.questions) == 3 * COMPANY_CALLS
    assert max(len(each["keys"]) for each in server.variables) == LIST_SIZE


async def test_every_question_is_about_today_in_denmark(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    add_company(server, 1)
    await found(lookup, cvr(1))
    assert {each.get("at") for each in server.variables} == {"2026-07-01T00:30:00.000000+02:00"}


async def test_pages_are_followed_to_the_end(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    company = add_company(server, 1)
    server.most_rows = 2
    for sequence in (3, 1, 0, 2):
        server.add("CVR_Branche", row(company, vaerdi=f"62010{sequence}", vaerdiTekst="", sekvens=sequence))
    unit = await found(lookup, cvr(1))
    assert unit.main_industry == Industry("620100", "", Classification.DB07)
    assert [each.code for each in unit.secondary_industries] == ["620101", "620102", "620103"]


@pytest.mark.parametrize(
    ("info", "path"),
    [
        ({"hasNextPage": True, "endCursor": None}, "CVR_Virksomhed.pageInfo.endCursor"),
        ({"hasNextPage": True, "endCursor": "same"}, "CVR_Virksomhed.pageInfo.endCursor"),
        ({}, "CVR_Virksomhed.pageInfo.hasNextPage"),
    ],
)
async def test_a_list_never_ends_by_mistake(info: Row, path: str) -> None:
    caller = Directly(lambda _: said({"data": {"CVR_Virksomhed": {"pageInfo": info, "nodes": []}}}))
    with pytest.raises(FieldUnusable) as caught:
        await GraphqlLookup(caller).find(cvr(1))
    assert caught.value.path == f"data.{path}"


async def test_all_fields_of_a_company(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    company = add_company(server, 1, status="aktiv")
    server.add("CVR_Navn", row(company, vaerdi="Binavn", sekvens=1))
    server.add(
        "CVR_Adressering",
        row(company, AdresseringAnvendelse="postadresse", CVRAdresse_vejnavn="Postgade"),
        row(
            company,
            AdresseringAnvendelse="beliggenhedsadresse",
            CVRAdresse_vejnavn="Havnegade",
            CVRAdresse_kommunekode="101",
        ),
        row(company, AdresseringAnvendelse="fakturaadresse", CVRAdresse_vejnavn="Anden Gade"),
    )
    server.add("CVR_Telefonnummer", row(company, vaerdi="12345678"))
    server.add("CVR_Reklamebeskyttelse", row(company, vaerdi=True))
    server.add("CVR_Virksomhedsform", row(company, vaerdi="60", vaerdiTekst="Aktieselskab"))
    server.add("CVR_Kreditoplysninger", row(company, Kreditoplysning="1", kreditoplysningstekst="Konkurs"))
    since_2025 = row(company, dt.date(2025, 1, 1), vaerdi="011100", vaerdiTekst="Korn", sekvens=0)
    server.add("CVR_Branche", since_2025)
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.phone, unit.email, unit.status) == ("Firma 1", "12345678", "", "aktiv")
    assert unit.address is not None
    assert (unit.address.road, unit.address.municipality_code) == ("Havnegade", "0101")
    assert unit.main_industry == Industry("011100", "Korn", Classification.DB25)
    assert (unit.form, unit.credit) == (Coded("60", "Aktieselskab"), Coded("1", "Konkurs"))
    assert (unit.is_advertising_protected, unit.start_date) == (True, BEGAN)
    assert unit.delivers == lookup.delivers(UnitKind.COMPANY)
    assert parse(unit.records, unit.asked_at) == unit


async def test_what_has_no_rows_is_delivered_as_empty(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    """But for name, address and protection, which a unit is never without, and the fax, which cannot be asked for."""
    add_unit(server, 1, company=1)
    unit = await found(lookup, pnr(1))
    assert unit.company == cvr(1)
    assert {Part.EMAIL, Part.PHONE, Part.MAIN_INDUSTRY} <= unit.delivers
    assert not {Part.ADDRESS, Part.CARE_OF, Part.ADVERTISING_PROTECTION} & unit.delivers
    assert not {Part.FAX, Part.FORM, Part.CREDIT} & lookup.delivers(UnitKind.PRODUCTION_UNIT)
    assert lookup.delivers(UnitKind.COMPANY) - lookup.delivers(UnitKind.PRODUCTION_UNIT) == {
        Part.FORM,
        Part.CREDIT,
    }


async def test_a_change_to_come_waits_and_is_told(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    company = add_company(server, 1)
    server.rows["CVR_Navn"] = [
        row(company, BEGAN, TOMORROW, vaerdi="Gammelt", sekvens=0),
        row(company, TOMORROW, vaerdi="Nyt", sekvens=0),
    ]
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.changes_on) == ("Gammelt", TOMORROW)


async def test_a_change_of_today_has_come_though_it_is_yesterday_in_utc(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    company = add_company(server, 1)
    server.rows["CVR_Navn"] = [
        row(company, BEGAN, TODAY, vaerdi="Gammelt", sekvens=0),
        row(company, TODAY, vaerdi="Nyt", sekvens=0),
    ]
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.changes_on) == ("Nyt", None)


async def test_a_ceased_company_is_as_it_was_at_its_end(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    company = add_company(server, 1, until=ENDED)
    server.add(
        "CVR_Telefonnummer",
        row(company, BEGAN, dt.date(2015, 1, 1), vaerdi="11111111"),
    )
    server.add("CVR_e_mailadresse", row(company, BEGAN, ENDED, vaerdi="post@example.dk"))
    server.add(
        "CVR_Adressering",
        row(
            company,
            BEGAN,
            dt.date(2019, 1, 1),
            AdresseringAnvendelse="beliggenhedsadresse",
            CVRAdresse_vejnavn="Havnegade",
        ),
    )
    server.rows["CVR_Navn"] = [
        row(company, BEGAN, dt.date(2019, 1, 1), vaerdi="Firma 1", sekvens=0),
        row(company, dt.date(2001, 1, 1), BEGAN, vaerdi="Før", sekvens=0),
    ]
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.end_date, unit.status) == ("Firma 1", ENDED, "inaktiv")
    assert (unit.phone, unit.email) == ("", "post@example.dk")
    assert unit.address is not None
    assert (
        unit.address.road == "Havnegade"
    )  # neither it nor the name has a later row, and a unit is never without
    assert unit.changes_on is None
    assert parse(unit.records, unit.asked_at) == unit


async def test_a_company_that_ceases_today_loses_nothing(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    company = add_company(server, 1, until=TODAY)
    server.add("CVR_Telefonnummer", row(company, BEGAN, TODAY, vaerdi="12345678"))
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.phone) == ("Firma 1", "12345678")
    assert (unit.end_date, unit.status, unit.changes_on) == (TODAY, "inaktiv", None)
    server.rows["CVR_Virksomhed"].append(
        {**server.rows["CVR_Virksomhed"][0], "virkningFra": TODAY.isoformat()}
    )
    server.rows["CVR_Virksomhed"][1]["virkningTil"] = None
    assert (await found(lookup, cvr(1))).end_date is None


async def test_a_company_that_is_there_but_inactive_keeps_its_last_name(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    company = add_company(server, 1, status="inaktiv", virksomhedOphoersdato=ENDED.isoformat())
    server.rows["CVR_Navn"] = [row(company, BEGAN, ENDED, vaerdi="Til det sidste", sekvens=0)]
    unit = await found(lookup, cvr(1))
    assert (unit.name, unit.end_date) == ("Til det sidste", ENDED)


async def test_a_company_that_begins_tomorrow_is_told_as_it_will_be(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    company = add_company(server, 1)
    for rows in server.rows.values():
        rows[0]["virkningFra"] = TOMORROW.isoformat()
    unit = await found(lookup, cvr(1))
    assert (unit.object_id, unit.name, unit.end_date) == (company, "Firma 1", None)
    assert unit.changes_on == TOMORROW


async def test_ceased_unknown_and_living_ones_in_one_bulk(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    add_company(server, 1)
    add_company(server, 2, until=ENDED)
    units = await lookup.find_many([cvr(1), cvr(2), cvr(3), pnr(4)])
    living, ceased = units[cvr(1)], units[cvr(2)]
    assert isinstance(living, Unit)
    assert isinstance(ceased, Unit)
    assert (living.end_date, ceased.end_date, units[cvr(3)], units[pnr(4)]) == (None, ENDED, None, None)
    assert len(server.questions) == 4 + 2 * (COMPANY_CALLS - 1)


@pytest.mark.parametrize("entity", [each.name for each in (*OWN.values(), *PARTS[UnitKind.COMPANY])])
async def test_an_entity_that_fails_never_reads_as_empty(
    server: GraphqlServer, lookup: GraphqlLookup, entity: str
) -> None:
    add_company(server, 1)
    add_unit(server, 1, company=1)
    server.refusals = {entity: ["HC0000"]}
    units = await lookup.find_many([cvr(1), pnr(1)])
    assert all(isinstance(unit, Refused) for unit in units.values())
    again = await lookup.find_many([cvr(1), pnr(1)])
    assert all(isinstance(unit, Unit) for unit in again.values())


class Cut:
    """A caller whose connection is cut from some call on."""

    def __init__(self, server: GraphqlServer, calls: int) -> None:
        self._whole = Directly(server)
        self._left = calls
        self.cut = 0

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        self._left -= 1
        if self._left < 0:
            self.cut += 1
            raise Unreachable("the connection was cut")
        return await self._whole.call(method, path, **more)


async def test_nothing_more_is_asked_of_a_register_that_cannot_be_reached(server: GraphqlServer) -> None:
    numbers = [cvr(number) for number in range(3 * LIST_SIZE)]
    for number in range(3 * LIST_SIZE):
        add_company(server, number)
    caller = Cut(server, COMPANY_CALLS)
    units = await GraphqlLookup(caller).find_many(numbers)
    kinds = [type(units[number]) for number in numbers]
    assert kinds == [Unit] * LIST_SIZE + [Unreachable] * 2 * LIST_SIZE
    assert (len(server.questions), caller.cut) == (COMPANY_CALLS, 1)


async def test_no_right_to_an_entity_concerns_all(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    add_company(server, 1)
    server.refusals = {"CVR_Navn": ["DAF-AUTH-0001"]}
    with pytest.raises(CallRefused, match=r"CVR_Navn \(DAF-AUTH-0001\)") as caught:
        await lookup.find_many([cvr(1)])
    assert caught.value.status == 200


async def test_a_refusal_for_the_moment_is_asked_again(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    add_company(server, 1)
    server.refusals = {"CVR_Navn": ["DAF-AUTH-0005"] * 2}
    assert (await found(lookup, cvr(1))).name == "Firma 1"
    server.refusals = {"CVR_Navn": ["DAF-AUTH-0005"] * 3}
    with pytest.raises(RegisterUnavailable, match="for the moment"):
        await lookup.find(cvr(1))


async def test_what_the_service_says_is_not_repeated() -> None:
    error = {
        "message": "no value 99000001",
        "path": ["99000001"],
        "extensions": {"code": "99000001"},
    }
    caller = Directly(lambda _: said({"errors": [error], "data": None}))
    with pytest.raises(Refused) as caught:
        await GraphqlLookup(caller).find(cvr(1))
    assert "99000001" not in f"{caught.value} {caught.value.facts}"


async def test_a_version_that_is_not_there() -> None:
    with pytest.raises(Refused, match="version"):
        await GraphqlLookup(Directly(lambda _: said({"fejl": "ikke fundet"}, 404))).find(cvr(1))


async def test_one_unusable_unit_does_not_spoil_the_others(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    add_company(server, 1)
    add_company(server, 2, virksomhedStartdato=7)
    broken = add_company(server, 3)
    server.add("CVR_Telefonnummer", row(broken, vaerdi={}))
    add_company(server, 4, id=None)
    units = await lookup.find_many([cvr(number) for number in range(1, 5)])
    paths = {number: unit.path for number, unit in units.items() if isinstance(unit, FieldUnusable)}
    assert paths == {
        cvr(2): "CVR_Virksomhed[0].virksomhedStartdato",
        cvr(3): "CVR_Telefonnummer[0].vaerdi",
        cvr(4): "data.CVR_Virksomhed.nodes[3].id",
    }
    assert isinstance(units[cvr(1)], Unit)


WHOLE: dict[str, Row] = {
    "CVR_Virksomhed": {
        "id": "4999000001",
        "CVRNummer": 99000001,
        "status": "aktiv",
        "virksomhedStartdato": "2011-01-01",
        "virksomhedOphoersdato": None,
    },
    "CVR_Navn": {"vaerdi": "Firma", "sekvens": 0},
    "CVR_Adressering": {
        "AdresseringAnvendelse": "beliggenhedsadresse",
        **dict.fromkeys(addresses.FIELDS),
        "CVRAdresse_vejnavn": "Vej",
    },
    "CVR_Telefonnummer": {"vaerdi": "12345678"},
    "CVR_e_mailadresse": {"vaerdi": "post@example.dk"},
    "CVR_Branche": {"vaerdi": "620100", "vaerdiTekst": "Programmering", "sekvens": None},
    "CVR_Reklamebeskyttelse": {"vaerdi": True},
    "CVR_Virksomhedsform": {"vaerdi": "60", "vaerdiTekst": "Aktieselskab"},
    "CVR_Kreditoplysninger": {"Kreditoplysning": "1", "kreditoplysningstekst": "Konkurs"},
}
ROWS = {entity: [row("4999000001", **fields)] for entity, fields in WHOLE.items()}
PLACES = [(entity, field) for entity, rows in ROWS.items() for field in rows[0]]
NEVER_NULL = {
    "CVR_Virksomhed": {"id", "status", "virksomhedStartdato"},
    "CVR_Adressering": {"AdresseringAnvendelse"},
    "CVR_Branche": {"vaerdi", "vaerdiTekst"},
    "CVR_Virksomhedsform": {"vaerdi", "vaerdiTekst"},
    "CVR_Kreditoplysninger": {"Kreditoplysning", "kreditoplysningstekst"},
}  # as the published schema has it; of the others ``vaerdi``


@pytest.mark.parametrize("entity", WHOLE)
def test_a_row_delivered_in_part_never_reads_as_empty(entity: str) -> None:
    """A field that was asked for is missing, or null where the register has no null."""
    whole = ROWS[entity][0]
    asked = set(whole) - ({"CVREnhedsId"} if entity == "CVR_Virksomhed" else set())
    broken = {name: {key: value for key, value in whole.items() if key != name} for name in asked}
    never_null = NEVER_NULL.get(entity, {"vaerdi"}) | {"virkningFra"}
    for name, rows in (*broken.items(), *((name, {**whole, name: None}) for name in never_null)):
        with pytest.raises(FieldUnusable) as caught:
            graphql_answers.unit(UnitKind.COMPANY, {**ROWS, entity: [rows]}, NOW)
        assert caught.value.path == f"{entity}[0].{name}"
    assert graphql_answers.unit(UnitKind.COMPANY, ROWS, NOW).delivers == delivered(
        *COMMON_TOPICS | COMPANY_TOPICS, kind=UnitKind.COMPANY
    )


def test_an_entity_without_its_rows_never_reads_as_empty() -> None:
    with pytest.raises(FieldUnusable, match="CVR_Telefonnummer is missing"):
        graphql_answers.unit(
            UnitKind.COMPANY, {name: rows for name, rows in ROWS.items() if name != "CVR_Telefonnummer"}, NOW
        )


async def test_a_row_that_is_nobodys_spoils_the_hundred_it_came_with(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    add_company(server, 1)
    original = server.__class__.__call__
    reply = functools.partial(original, server)

    def without_owner(asked: Any) -> Any:
        answer = reply(asked)
        assert isinstance(answer, Reply)
        return Reply(200, answer.body.replace(b'"CVREnhedsId"', b'"enhed"'), answer.headers)

    units = await GraphqlLookup(Directly(without_owner)).find_many([cvr(1)])
    assert isinstance(units[cvr(1)], FieldUnusable)


async def test_production_units_in_force_over_all_pages(server: GraphqlServer, lookup: GraphqlLookup) -> None:
    server.most_rows = 2
    for number in range(5):
        add_unit(server, number, company=1)
    add_unit(server, 8, company=1, status="inaktiv")
    add_unit(server, 9, company=2)
    assert await lookup.production_units(cvr(1)) == tuple(pnr(number) for number in range(5))


async def test_an_exact_name_finds_both_kinds_page_by_page(
    server: GraphqlServer, lookup: GraphqlLookup
) -> None:
    company, unit = add_company(server, 1), add_unit(server, 1, company=1)
    other = add_company(server, 2)
    add_company(server, 3, until=ENDED)
    for each in (company, unit, other):
        server.add("CVR_Navn", row(each, vaerdi="Fælles", sekvens=1))
    server.add(
        "CVR_Adressering",
        row(unit, AdresseringAnvendelse="beliggenhedsadresse", CVRAdresse_vejnavn="Havnegade"),
    )
    pages = [await lookup.search("Fælles", page=page, size=2) for page in (1, 2, 3)]
    assert [hit.number for page in pages for hit in page.hits] == [cvr(1), pnr(1), cvr(2)]
    assert [page.has_more for page in pages] == [True, False, False]
    at = pages[0].hits[1].address
    assert at is not None
    assert at.road == "Havnegade"
    assert pages[0].hits[0] == Hit(cvr(1), "Fælles", has_ceased=False)
    assert pages[0].hits[1].company == cvr(1)
    assert not (await lookup.search("fælles", page=1, size=10)).hits


ANYTHING: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-1, 10**19) | st.text(max_size=9) | st.just([]) | st.just({})
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(PLACES),
    ANYTHING,
)
def test_whatever_a_field_says_is_a_unit_or_our_error(place: tuple[str, str], value: Any) -> None:
    entity, field = place
    rows = {**ROWS, entity: [{**ROWS[entity][0], field: value}]}
    try:
        unit = graphql_answers.unit(UnitKind.COMPANY, rows, NOW)
    except RegisterError:
        return
    assert parse(unit.records, NOW) == unit


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_order_of_rows_decides_nothing(
    server: GraphqlServer, lookup: GraphqlLookup, order: tuple[int, ...]
) -> None:
    company = add_company(server, 1)
    phones = [
        row(company, dt.date(2020, 1, 1), vaerdi="33333333"),
        row(company, dt.date(2020, 1, 1), vaerdi="22222222"),
        row(company, dt.date(2012, 1, 1), vaerdi="11111111"),
    ]
    server.add("CVR_Telefonnummer", *(phones[place] for place in order))
    assert (await found(lookup, cvr(1))).phone == "22222222"
