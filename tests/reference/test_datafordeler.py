"""Datafordeleren's adapters on recorded answers of the GraphQL service and written ones of the older services, over plain HTTP."""

import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator

import graphql
import pytest
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import Classification, Coded, Hit, Industry, Part, UnitAddress, UnitKind
from registerbro.registers.datafordeler import entities, graphql_events, parse
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import PullFeed
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.errors import FieldUnusable, PositionUnusable, Refused
from registerbro.registers.port import ChangeEvent, Feed, FeedPage

from tests.reference.data import TESTDATA
from tests.reference.recordings import (
    CVR,
    LEGO,
    LEGO_ID,
    NOW,
    RECORDED,
    SALLING,
    SALLING_ID,
    SINCE,
    UNKNOWN,
    Recordings,
    body,
)
from tests.support.register_caller import calling
from tests.support.register_server import Asked, Behaviour, Reply, register_server, said

WRITTEN = CVR / "synthetic"
SCHEMA = RECORDED / "CVR_v2.schema.graphql"
pytestmark = [
    pytest.mark.skipif(not CVR.is_dir(), reason=f"no sample data at {TESTDATA}"),
    pytest.mark.reference,
]

SALLINGS_PLACE = UnitAddress(
    road="Rosbjergvej", house_number_from="33", postcode="8220", post_district="Brabrand", since=SINCE
)


@pytest.fixture
def recordings() -> Recordings:
    return Recordings()


@pytest.fixture
async def lookup(recordings: Recordings) -> AsyncIterator[GraphqlLookup]:
    async with register_server(recordings) as running, calling(running.url) as caller:
        yield GraphqlLookup(caller, clock=lambda: NOW)


@pytest.fixture
async def feed(recordings: Recordings) -> AsyncIterator[GraphqlFeed]:
    async with register_server(recordings) as running, calling(running.url) as caller:
        yield GraphqlFeed(caller)


async def test_lego_field_by_field(lookup: GraphqlLookup) -> None:
    unit = await lookup.find(LEGO)
    assert unit is not None
    assert (unit.number, unit.object_id, unit.kind) == (LEGO, LEGO_ID, UnitKind.COMPANY)
    assert unit.name == "LEGO SYSTEM A/S"
    assert unit.address == UnitAddress(
        road="Åstvej", house_number_from="1", postcode="7190", post_district="Billund", since=SINCE
    )
    assert (unit.phone, unit.fax, unit.email) == ("79506070", "", "")
    assert unit.main_industry == Industry("324000", "Fremstilling af spil og legetøj", Classification.DB25)
    assert unit.secondary_industries == ()
    assert unit.form == Coded("60", "Aktieselskab")
    assert unit.credit is None
    assert (unit.status, unit.end_date, unit.is_advertising_protected) == ("aktiv", None, False)
    assert {Part.EMAIL, Part.CREDIT, Part.ADVERTISING_PROTECTION, Part.CARE_OF} <= unit.delivers
    assert Part.FAX not in unit.delivers
    assert parse(unit.records, unit.asked_at) == unit


async def test_salling_by_id_is_salling_by_number(lookup: GraphqlLookup) -> None:
    by_number, by_id = (
        await lookup.find(SALLING),
        await lookup.find_by_id(UnitKind.COMPANY, SALLING_ID),
    )
    assert by_number is not None
    assert by_id is not None
    assert dataclasses.replace(by_id, records=by_number.records) == by_number
    assert by_number.name == "Salling Group A/S"
    assert by_number.address == SALLINGS_PLACE


async def test_two_in_bulk_and_an_unknown_one(lookup: GraphqlLookup) -> None:
    found = await lookup.find_many([LEGO, UNKNOWN, SALLING])
    assert found == {LEGO: await lookup.find(LEGO), UNKNOWN: None, SALLING: await lookup.find(SALLING)}


async def test_an_exact_name_gives_a_company_and_a_production_unit(lookup: GraphqlLookup) -> None:
    hits = await lookup.search("Salling Group A/S", page=1, size=10)
    assert hits.hits == (
        Hit(SALLING, "Salling Group A/S", SALLINGS_PLACE, has_ceased=False),
        Hit(PNumber("1003022489"), "Salling Group A/S", has_ceased=False),
    )
    assert not hits.has_more


async def test_a_list_that_breaks_off_is_no_list(lookup: GraphqlLookup) -> None:
    """The recording has one of several units and no cursor to the next."""
    with pytest.raises(FieldUnusable, match="endCursor is missing"):
        await lookup.production_units(LEGO)


async def test_an_error_with_status_200(lookup: GraphqlLookup, recordings: Recordings) -> None:
    recordings.instead = said(body("error_DAF-GQL-0009_missing_filter"))
    with pytest.raises(Refused, match="CVR_Navn") as caught:
        await lookup.find(LEGO)
    assert (caught.value.code, caught.value.status) == ("DAF-GQL-0009", 200)


async def pages_of(feed: Feed, position: str, now: dt.datetime = NOW) -> list[FeedPage]:
    return [page async for page in feed.pages(position, now)]


async def test_events_of_a_new_production_unit(feed: GraphqlFeed, recordings: Recordings) -> None:
    page = body("events_1_8_new_production_unit")["data"]["CVR_Events"]
    recordings.events = {1: page}
    pages = await pages_of(feed, '{"provider":"datafordeler-graphql","event":0}')
    (first, last) = pages
    assert {event.object_id for event in first.events} == {"4010603255"}
    assert [event.about for event in first.events] == [
        "CVREnhed",
        "Produktionsenhed",
        "Reklamebeskyttelse",
        "Navn",
        "Adressering",
        "Telefonnummer",
        "e-mailadresse",
        "Branche",
    ]
    assert first.events[0] == ChangeEvent(
        "4010603255", "CVREnhed", "i", dt.datetime(2025, 11, 24, 18, 17, 5, 481142, dt.UTC)
    )
    assert json.loads(last.position)["event"] == 8
    assert last.events == ()
    assert last.until == dt.datetime(2026, 10, 10, 14, 20, 39, 984379, dt.UTC)  # it says 16:20:39Z


async def test_events_go_on_where_reading_ended(feed: GraphqlFeed, recordings: Recordings) -> None:
    recordings.events = {
        1: body("events_page1_first2")["data"]["CVR_Events"],
        2: body("events_page_where_gt1_first1")["data"]["CVR_Events"],
    }
    pages = await pages_of(feed, '{"provider":"datafordeler-graphql","event":1}')
    assert [event.about for page in pages for event in page.events] == ["Produktionsenhed"]
    assert json.loads(await feed.beginning(NOW))["event"] == 51183603


def test_every_question_fits_the_published_schema() -> None:
    schema = graphql.build_schema(SCHEMA.read_text())
    own = [(entity, (entities.BY_ID, entities.BY_NUMBER[kind])) for kind, entity in entities.OWN.items()]
    parts = [(entity, (entities.BY_UNIT,)) for entity in entities.PARTS[UnitKind.COMPANY]]
    more = [
        (entities.NAME, (entities.BY_NAME,)),
        (entities.OWN[UnitKind.PRODUCTION_UNIT], (entities.BY_COMPANY,)),
    ]
    questions = [
        entity.question(key, is_dated=is_dated, is_continued=is_continued)
        for entity, keys in (*own, *parts, *more)
        for key, is_dated, is_continued in itertools.product(keys, (True, False), (True, False))
    ]
    for question in (*questions, graphql_events.STATUS_QUESTION, graphql_events.EVENTS_QUESTION):
        assert not graphql.validate(schema, graphql.parse(question)), question


def test_what_is_never_null_is_what_the_published_schema_has_so() -> None:
    schema = graphql.build_schema(SCHEMA.read_text())
    for entity in (*entities.OWN.values(), *entities.PARTS[UnitKind.COMPANY]):
        published = schema.type_map[entity.name]
        assert isinstance(published, graphql.GraphQLObjectType)
        never = {name for name in entity.asked if graphql.is_non_null_type(published.fields[name].type)}
        assert never == {*entity.never_null, entity.unit_id, "virkningFra"}


def test_the_published_schema_has_no_way_to_a_units_fax() -> None:
    schema = graphql.build_schema(SCHEMA.read_text())
    filters = schema.type_map["CVR_TelefaxnummerFilterInput"]
    assert isinstance(filters, graphql.GraphQLInputObjectType)
    assert "CVREnhedsId" not in filters.fields


@pytest.fixture
async def rest() -> AsyncIterator[RestLookup]:
    files = {
        "99000007": "rest_virksomhed_99000007",
        "99000015": "rest_virksomhed_99000015_ceased_foreign_address",
        "1099900004": "rest_produktionsenhed_1099900004",
    }

    def answer(asked: Asked) -> Behaviour:
        number = asked.query.get("pCVRNummer", asked.query.get("ppNummer", ""))
        if number not in files:
            return Reply(404)
        return Reply(200, (WRITTEN / f"{files[number]}.json").read_bytes())

    async with register_server(answer) as running, calling(running.url) as caller:
        yield RestLookup(caller, clock=lambda: NOW)


async def test_a_company_by_rest_field_by_field(rest: RestLookup) -> None:
    unit = await rest.find(CvrNumber("99000007"))
    assert unit is not None
    assert (unit.number, unit.object_id) == (CvrNumber("99000007"), "4999000001")
    assert unit.name == "PRØVEVIRKSOMHEDEN ÆØÅ ApS"
    assert unit.address == UnitAddress(
        road="Prøvevej",
        house_number_from="12B",
        floor="2",
        door="tv",
        postcode="8000",
        post_district="Aarhus C",
        municipality_code="0751",
        road_code="1234",
        country_code="DK",
        since=dt.date(2019, 6, 1),
    )
    assert (unit.phone, unit.fax, unit.email) == ("70000000", "70000001", "kontakt@example.dk")
    assert unit.main_industry == Industry(
        "622000", "Konsulentbistand vedrørende informationsteknologi", Classification.DB25
    )
    assert unit.secondary_industries == (Industry("702000", "Virksomhedsrådgivning", Classification.DB25),)
    assert (unit.start_date, unit.end_date, unit.status) == (dt.date(2015, 3, 1), None, "aktiv")
    assert unit.form == Coded("80", "Anpartsselskab")
    assert unit.is_advertising_protected
    assert Part.CREDIT not in unit.delivers  # its key is not there
    assert unit.delivers == rest.delivers(UnitKind.COMPANY) - {Part.CREDIT}
    assert parse(unit.records, unit.asked_at) == unit
    assert await rest.production_units(CvrNumber("99000007")) == (PNumber("1099900004"),)


async def test_a_ceased_company_abroad_by_rest(rest: RestLookup) -> None:
    unit = await rest.find(CvrNumber("99000015"))
    assert unit is not None
    assert unit.address == UnitAddress(free_text="12 Example Street, London", country_code="GB")
    assert (unit.name, unit.status) == ("OPHØRT PRØVE A/S", "inaktiv")
    assert unit.end_date == dt.date(2019, 12, 31)
    assert unit.delivers == {
        Part.NAME,
        Part.ADDRESS,
        Part.CARE_OF,
        Part.START_DATE,
        Part.END_DATE,
        Part.STATUS,
    }


async def test_a_production_unit_by_rest(rest: RestLookup) -> None:
    unit = await rest.find(PNumber("1099900004"))
    assert unit is not None
    assert (unit.company, unit.object_id) == (CvrNumber("99000007"), "4999000003")
    assert unit.name == "PRØVEVIRKSOMHEDEN ÆØÅ ApS - LAGER"
    assert unit.address is not None
    assert (unit.address.road, unit.address.house_number_from) == ("Lagervej", "7")
    assert Part.PHONE not in unit.delivers


async def test_pulled_messages_with_a_gap_a_duplicate_and_another_order() -> None:
    content = (WRITTEN / "events_pull_page1.json").read_bytes()

    async def read(position: str) -> list[FeedPage]:
        async with register_server(lambda _: Reply(200, content)) as running, calling(running.url) as caller:
            return await pages_of(PullFeed(caller), position, dt.datetime(2026, 3, 30, 7, tzinfo=dt.UTC))

    begun = '{"provider":"datafordeler-rest","stored_at":"2026-03-29T00:00:00+00:00","id":null}'
    (page,) = await read(begun)
    assert [(event.object_id, event.about) for event in page.events] == [
        ("4999000001", "Virksomhed"),
        ("4999000001", "Navn"),
        ("4999000003", "Adressering"),
        ("4999000003", "Produktionsenhed"),
        ("4999000099", "Branche"),
    ]
    assert page.events[0].at == dt.datetime(2026, 3, 29, 1, 5, 0, 123456, dt.UTC)
    assert page.events[3].action == "Ophoert"
    (again,) = await read(page.position)
    assert again.events == ()
    with pytest.raises(PositionUnusable):
        await read('{"provider":"datafordeler-graphql","event":1}')
