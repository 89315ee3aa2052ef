"""KMD Logic's adapters on the answers that its fake provider publishes, and on written ones, over plain HTTP."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import Coded, Industry, Part, UnitAddress, UnitKind
from registerbro.registers import logic_units
from registerbro.registers.errors import TokenRefused
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.settings import LogicSettings
from registerbro.registers.tokens import Grant, Tokens, Wording

from tests.reference.data import TESTDATA
from tests.support.register_caller import calling
from tests.support.register_server import JSON, Asked, Behaviour, RegisterServer, Reply, html, register_server

CVR = TESTDATA / "cvr"
PUBLISHED = CVR / "kmd-logic"
WRITTEN = CVR / "synthetic"
pytestmark = [
    pytest.mark.skipif(not CVR.is_dir(), reason=f"no sample data at {TESTDATA}"),
    pytest.mark.reference,
]

GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
PATHS = {
    "/by-cvr/35533729": PUBLISHED / "fake_company_35533729.json",
    "/production-unit-detail/1089377672": PUBLISHED / "fake_punit_detail_1089377672.json",
    "/production-units/by-cvr/35533729": PUBLISHED / "fake_punits_35533729.json",
}
EVENT_PAGES = (
    WRITTEN / "kmd_subscribed_events_page1.json",
    WRITTEN / "kmd_subscribed_events_page2_all_filtered_out.json",
    WRITTEN / "kmd_subscribed_events_page3_end.json",
)
SHAPES = (
    "Company", "CvrAddress", "CvrCompanyDetails", "ProductionUnitDetail", "LocationAddress", "LineOfIndustries", "Branch",
    "ProductionUnit", "CompanyEvent", "SubscribedCompanyEvents",
)  # fmt: skip
SETTINGS = LogicSettings.model_validate(
    {
        "client_id": "client",
        "client_secret": "not used",
        "scope": "scope",
        "subscription_id": GUID,
        "configuration_id": GUID,
    }
)


def file(path: Path, status: int = 200) -> Reply:
    return Reply(status, path.read_bytes(), JSON)


def answer(asked: Asked) -> Behaviour:
    if asked.path == "/token":
        is_right = asked.form["client_secret"] == "right"
        name = "kmd_token_ok.json" if is_right else "kmd_token_error_400.json"
        return file(WRITTEN / name, 200 if is_right else 400)
    if asked.path == "/subscribed-events":
        return file(EVENT_PAGES[int(asked.query["pageNo"]) - 1])
    return file(PATHS[asked.path]) if asked.path in PATHS else html(404)


@pytest.fixture
async def server() -> AsyncIterator[RegisterServer]:
    async with register_server(answer) as running:
        yield running


@pytest.fixture
async def lookup(server: RegisterServer) -> AsyncIterator[LogicLookup]:
    async with calling(server.url) as caller:
        yield LogicLookup(caller, SETTINGS, at_once=2)


async def test_the_published_company_field_by_field(lookup: LogicLookup) -> None:
    """Its file is ISO 8859-1 in one letter, and has neither id nor details."""
    unit = await lookup.find(CvrNumber("35533729"))
    assert unit is not None
    assert (unit.number, unit.object_id, unit.name) == (CvrNumber("35533729"), None, "Koch LLC")
    assert (unit.phone, unit.email) == ("310-568-2922 x53104", "Jordan83@hotmail.com")
    assert unit.main_industry == Industry("246710", "Markedsanalyse og offentlig meningsmåling")
    assert unit.form == Coded("244")
    assert unit.address == UnitAddress(
        road="Ewell Row",
        house_number_from="14762",
        postcode="3400",
        post_district="Clarabellefurt",
        municipality_code="0176",
        road_code="0250",
        country_code="TC",
        untold=frozenset({"house_number_to", "free_text", "po_box", "floor", "door", "locality"}),
    )
    assert unit.delivers == {
        Part.NAME,
        Part.ADDRESS,
        Part.PHONE,
        Part.EMAIL,
        Part.MAIN_INDUSTRY,
        Part.FORM,
    }


async def test_the_published_production_unit_field_by_field(lookup: LogicLookup) -> None:
    unit = await lookup.find(PNumber("1089377672"))
    assert unit is not None
    assert (unit.number, unit.company, unit.name) == (
        PNumber("1089377672"),
        CvrNumber("56482911"),
        "Jobcentret",
    )
    assert unit.main_industry == Industry("054246", "Skolefritidsordninger og fritidshjem")
    assert [industry.code for industry in unit.secondary_industries] == ["042201", "010487", "028696"]
    assert unit.address is not None
    assert (unit.address.road, unit.address.postcode, unit.address.country_code) == (
        "Hermann Courts",
        "1415",
        "MK",
    )
    assert unit.delivers == logic_units.DELIVERS[UnitKind.PRODUCTION_UNIT]


async def test_the_published_units_of_a_company(lookup: LogicLookup) -> None:
    """Keys in capitals, P-numbers as numbers."""
    found = await lookup.production_units(CvrNumber("35533729"))
    assert found == (PNumber("1004163837"), PNumber("1014356789"))


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("fake_upload_companies", logic_units.company),
        ("fake_upload_punits", logic_units.unit),
    ],
)
def test_what_clients_upload_to_the_fake_provider(name: str, reader: Any) -> None:
    """With a byte order mark; ``Id`` in capitals."""
    content = json.loads((PUBLISHED / f"{name}.json").read_text("utf-8-sig"))
    assert content
    for each in content:
        unit = reader(each, NOW)
        assert unit.object_id
        assert unit.name
        assert reader(orjson.loads(unit.records), NOW) == unit


def test_every_field_that_the_service_describes_is_known() -> None:
    """Keys that we read are the description's; what we do not read is listed."""
    described = json.loads((PUBLISHED / "cvr.swagger.json").read_bytes())["definitions"]
    names_of = {shape: described[shape]["properties"] for shape in SHAPES}
    names = {name.lower() for properties in names_of.values() for name in properties}
    known = {name.lower() for name in logic_units.NAMES}
    assert known <= names
    assert names - known == {"dataprovider", "publicregistryid", "registrationfrom", "registrationto"}


async def test_events_until_nothing_was_there_before_filtering(server: RegisterServer) -> None:
    async with calling(server.url) as caller:
        feed = LogicFeed(caller, SETTINGS)
        position = await feed.beginning(NOW - dt.timedelta(days=3))
        pages = [page async for page in feed.pages(position, NOW)]
    assert [[event.object_id for event in page.events] for page in pages] == [
        ["4999000001", "4999000003"],
        [],
        [],
    ]
    assert pages[0].events[1].about == "Produktionsenhed"
    assert pages[0].events[1].action == "Ophoert"
    assert [page.position for page in pages] == [position, position, await feed.beginning(NOW)]


async def test_tokens_given_and_refused(server: RegisterServer) -> None:
    def tokens(secret: str) -> Tokens:
        grant = Grant(f"{server.url}/token", "client", SecretStr(secret), "scope", wording=Wording.LOGIC)
        return Tokens(grant)

    assert await tokens("right").token() == "synthetic.token.value"
    with pytest.raises(TokenRefused) as caught:
        await tokens("wrong").token()
    assert str(caught.value) == (
        "Unable to access the token issuer, request returned BadRequest. Reason: unauthorized_client."
    )
