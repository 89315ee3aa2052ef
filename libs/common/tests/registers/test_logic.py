"""What KMD Logic writes, field by field, and what its events and subscriptions do on bad days."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import Coded, Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers import logic_units
from registerbro.registers.calling import Answer
from registerbro.registers.errors import AnswerUnusable, FieldUnusable, Refused, TimedOut, Unreachable
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.many import one_by_one
from registerbro.registers.port import FeedPage
from registerbro.registers.settings import LogicSettings

from tests.support.register_caller import calling
from tests.support.register_server import Asked, Behaviour, RegisterServer, Reply, html, register_server, said

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
SETTINGS = LogicSettings.model_validate(
    {
        "client_id": "client",
        "client_secret": "not used",
        "scope": "scope",
        "subscription_id": GUID,
        "configuration_id": GUID,
    }
)
COMPANY = {
    "id": "4999000001",
    "cvrNumber": "99000007",
    "companyName": " Havnens Rederi A/S ",
    "phoneNumber": "+45 70101010",
    "eMailAddress": "post@havnen.test",
    "mainBusinessCode": "50.20.00",
    "mainBusinessDescription": "Sø- og kysttransport af gods",
    "businessTypeCode": "60",
    "dataProvider": "DST",
    "cvrAddress": {
        "publicRegistryId": "0a3f50a0-0000-32b8-e044-0003ba298018",
        "streetCode": "250",
        "streetName": "Havnegade",
        "houseNumber": "012b",
        "floor": "2",
        "room": "tv",
        "citySubDivision": "Havnen",
        "communityCode": "101",
        "postCode": "800",
        "postDistrict": "Høje Taastrup",
        "countryCode": "dk",
    },
    "companyDetails": {
        "businessStartDate": "1999-05-01T00:00:00",
        "cessationDate": "2024-03-31",
        "registrationFrom": "1999-05-01",
        "status": "inaktiv",
    },
}
UNIT = {
    "id": "4999000003",
    "pNumber": 1099900004,
    "cvrNumber": "99000007",
    "productionUnitName": "Havnens Rederi - Værftet",
    "phoneNumber": None,
    "emailAddress": "",
    "locationAddress": {"streetName": "Dokken", "houseNumber": "7", "postCode": "9000", "countryCode": "DK"},
    "lineOfIndustries": {
        "mainBusiness": {"branchCode": "54246", "name": "Fritidshjem"},
        "biBranch1": {"branchCode": "422010", "name": "Tjenester"},
        "biBranch2": None,
        "biBranch3": {"branchCode": "286960", "name": None},
    },
}


NEVER_TOLD = frozenset({"house_number_to", "free_text", "po_box"})


class TestCompany:
    """Field by field."""

    def test_every_field(self) -> None:
        unit = logic_units.company(COMPANY, NOW)
        assert (unit.number, unit.object_id, unit.asked_at) == (CvrNumber("99000007"), "4999000001", NOW)
        assert (unit.name, unit.phone, unit.email) == (
            "Havnens Rederi A/S",
            "+45 70101010",
            "post@havnen.test",
        )
        assert unit.main_industry == Industry("502000", "Sø- og kysttransport af gods")
        assert unit.form == Coded("60")
        assert (unit.start_date, unit.end_date) == (dt.date(1999, 5, 1), dt.date(2024, 3, 31))
        assert unit.status == "inaktiv"
        assert unit.address == UnitAddress(
            road="Havnegade",
            house_number_from="12B",
            floor="2",
            door="tv",
            locality="Havnen",
            postcode="0800",
            post_district="Høje Taastrup",
            municipality_code="0101",
            road_code="0250",
            country_code="DK",
            untold=NEVER_TOLD,
        )
        assert unit.delivers == logic_units.DELIVERS[UnitKind.COMPANY]

    def test_what_it_never_knows_is_not_delivered(self) -> None:
        never = {Part.FAX, Part.CARE_OF, Part.ADVERTISING_PROTECTION, Part.CREDIT}
        for delivered in logic_units.DELIVERS.values():
            assert not delivered & never
        assert Part.SECONDARY_INDUSTRIES not in logic_units.DELIVERS[UnitKind.COMPANY]

    @pytest.mark.parametrize(
        ("name", "part"),
        [
            ("phoneNumber", Part.PHONE),
            ("eMailAddress", Part.EMAIL),
            ("mainBusinessCode", Part.MAIN_INDUSTRY),
            ("businessTypeCode", Part.FORM),
        ],
    )
    def test_a_field_that_is_missing_says_nothing_and_an_empty_one_says_empty(
        self, name: str, part: Part
    ) -> None:
        without = {key: value for key, value in COMPANY.items() if key != name}
        assert part not in logic_units.company(without, NOW).delivers
        empty = logic_units.company(COMPANY | {name: None, "mainBusinessDescription": None}, NOW)
        assert part in empty.delivers
        assert name != "mainBusinessCode" or empty.main_industry is None

    @pytest.mark.parametrize("nothing", [None, "", " "])
    def test_what_a_company_is_never_without_is_not_delivered_as_empty(self, nothing: object) -> None:
        details = {"businessStartDate": nothing, "cessationDate": nothing, "status": nothing}
        bare = COMPANY | {"companyName": nothing, "companyDetails": details}
        delivered = logic_units.company(bare, NOW).delivers
        assert not delivered & {Part.NAME, Part.START_DATE, Part.STATUS}
        assert Part.END_DATE in delivered

    def test_without_details_start_end_and_status_are_not_delivered(self) -> None:
        without = {key: value for key, value in COMPANY.items() if key != "companyDetails"}
        delivered = logic_units.company(without, NOW).delivers
        assert not delivered & {Part.START_DATE, Part.END_DATE, Part.STATUS}

    def test_keys_are_read_whatever_their_case(self) -> None:
        shouting = {key.upper(): value for key, value in COMPANY.items()}
        quiet = logic_units.company(COMPANY, NOW)
        loud = logic_units.company(shouting, NOW)
        assert (loud.name, loud.email, loud.delivers) == (quiet.name, quiet.email, quiet.delivers)

    def test_records_are_the_answer_as_it_came_and_can_be_read_again(self) -> None:
        unit = logic_units.company(COMPANY, NOW)
        assert orjson.loads(unit.records) == COMPANY
        assert logic_units.company(orjson.loads(unit.records), NOW) == unit

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"cvrNumber": None}, "cvrNumber"),
            ({"cvrNumber": "1234"}, "cvrNumber"),
            ({"companyName": ["Havnen"]}, "companyName"),
            ({"cvrAddress": "Havnegade 12"}, "cvrAddress"),
            ({"cvrAddress": {"postCode": {"a": 1}}}, "cvrAddress.postCode"),
            ({"companyDetails": {"cessationDate": "soon"}}, "companyDetails.cessationDate"),
            ({"mainBusinessCode": "shipping"}, "mainBusinessCode"),
            ({"mainBusinessCode": None}, "mainBusinessCode"),
            ({"cvrAddress": {"fejl": "kan ikke vises"}}, "cvrAddress"),
            ({"cvrAddress": {"houseNumber": "12", "postCode": "8000"}}, "cvrAddress.streetName"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, change: dict[str, Any], path: str) -> None:
        with pytest.raises(FieldUnusable) as caught:
            logic_units.company(COMPANY | change, NOW)
        assert caught.value.path == path

    @pytest.mark.parametrize("answer", [[], "Havnens Rederi", 17])
    def test_an_answer_that_is_no_object_cannot_be_used(self, answer: Any) -> None:
        with pytest.raises(FieldUnusable):
            logic_units.company(answer, NOW)


class TestUnit:
    """Field by field."""

    def test_every_field(self) -> None:
        unit = logic_units.unit(UNIT, NOW)
        assert (unit.number, unit.object_id) == (PNumber("1099900004"), "4999000003")
        assert (unit.company, unit.name) == (CvrNumber("99000007"), "Havnens Rederi - Værftet")
        assert (unit.phone, unit.email) == ("", "")
        assert unit.main_industry == Industry("054246", "Fritidshjem")
        assert unit.secondary_industries == (Industry("422010", "Tjenester"), Industry("286960"))
        assert unit.address == UnitAddress(
            road="Dokken",
            house_number_from="7",
            postcode="9000",
            country_code="DK",
            untold=NEVER_TOLD | {"floor", "door", "locality"},
        )
        assert unit.delivers == logic_units.DELIVERS[UnitKind.PRODUCTION_UNIT]
        assert not unit.delivers & {Part.END_DATE, Part.START_DATE, Part.STATUS, Part.FORM}

    def test_a_unit_without_company(self) -> None:
        unit = logic_units.unit(UNIT | {"cvrNumber": ""}, NOW)
        assert unit.company is None
        assert Part.COMPANY in unit.delivers

    @pytest.mark.parametrize("branch", [{"name": "Fritidshjem"}, {"branchCode": None, "name": "Fritidshjem"}])
    @pytest.mark.parametrize("key", ["mainBusiness", "biBranch1"])
    def test_an_industry_without_its_code_never_reads_as_none(self, key: str, branch: Any) -> None:
        with pytest.raises(FieldUnusable) as caught:
            logic_units.unit(UNIT | {"lineOfIndustries": {key: branch}}, NOW)
        assert caught.value.path == f"lineOfIndustries.{key}.branchCode"

    @pytest.mark.parametrize("nothing", [None, {}, {"branchCode": None, "name": None}, {"branchCode": ""}])
    def test_an_industry_in_which_nothing_stands_is_none(self, nothing: Any) -> None:
        unit = logic_units.unit(UNIT | {"lineOfIndustries": {"mainBusiness": nothing}}, NOW)
        assert (unit.main_industry, Part.MAIN_INDUSTRY in unit.delivers) == (None, True)

    @pytest.mark.parametrize("nothing", [None, {}, {"streetName": None, "postCode": ""}])
    def test_an_address_in_which_nothing_stands_is_not_delivered(self, nothing: Any) -> None:
        """There is no room for free texts, so that it may be abroad."""
        unit = logic_units.unit(UNIT | {"locationAddress": nothing}, NOW)
        assert (unit.address, Part.ADDRESS in unit.delivers) == (None, False)
        company = logic_units.company(COMPANY | {"cvrAddress": nothing}, NOW)
        assert (company.address, Part.ADDRESS in company.delivers) == (None, False)

    def test_without_industries_none_are_delivered(self) -> None:
        unit = logic_units.unit(UNIT | {"lineOfIndustries": None}, NOW)
        assert not unit.delivers & {Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES}


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.sampled_from(["99000007", "2024-02-30", "60"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(("answer", "read"), [(COMPANY, logic_units.company), (UNIT, logic_units.unit)])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_fields_say_is_a_unit_or_our_error(
    answer: dict[str, Any], read: Callable[[Any, dt.datetime], Unit], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(answer)))
    inner = answer[name]
    value = data.draw(JSON_VALUES)
    if isinstance(inner, dict) and data.draw(st.booleans()):
        value = inner | {data.draw(st.sampled_from(sorted(inner))): value}
    found = _read_or_error(read, answer | {name: value})
    if isinstance(found, FieldUnusable):
        assert found.path.lower().startswith(name.lower())
    else:
        assert "\n" not in found.records


def _read_or_error(read: Callable[[Any, dt.datetime], Unit], answer: Any) -> Unit | FieldUnusable:
    try:
        return read(answer, NOW)
    except FieldUnusable as error:
        return error


class Wired:
    """Both adapters in front of a server that answers what a test says, by path."""

    def __init__(self, server: RegisterServer, lookup: LogicLookup, feed: LogicFeed) -> None:
        self.server = server
        self.lookup = lookup
        self.feed = feed

    def answers(self, **behaviours: Behaviour) -> None:
        """By what the path begins with."""

        def answer(asked: Asked) -> Behaviour:
            name = asked.path.split("/")[1].replace("-", "_")
            return behaviours.get(name, html(404))

        self.server.answers = answer


@pytest.fixture
async def wired() -> AsyncIterator[Wired]:
    async with register_server(lambda _: html(404)) as server, calling(server.url) as caller:
        yield Wired(server, LogicLookup(caller, SETTINGS, at_once=2), LogicFeed(caller, SETTINGS))


class TestAnswers:
    """What the service's answers look like besides."""

    async def test_a_byte_order_mark_and_letters_of_iso_8859_1(self, wired: Wired) -> None:
        wired.answers(by_cvr=Reply(200, b"\xef\xbb\xbf" + orjson.dumps(COMPANY)))
        unit = await wired.lookup.find(CvrNumber("99000007"))
        assert unit is not None
        wired.answers(by_cvr=Reply(200, '{"cvrNumber":"99000007","companyName":"Ærø"}'.encode("latin-1")))
        unit = await wired.lookup.find(CvrNumber("99000007"))
        assert unit is not None
        assert unit.name == "Ærø"

    @pytest.mark.parametrize(
        "behaviour", [said("Not found", 404), Reply(204), said(None)], ids=["404", "204", "null"]
    )
    async def test_nothing_is_nobody(self, wired: Wired, behaviour: Behaviour) -> None:
        wired.answers(by_cvr=behaviour, production_units=behaviour)
        assert await wired.lookup.find(CvrNumber("99000007")) is None
        assert await wired.lookup.production_units(CvrNumber("99000007")) == ()

    async def test_another_unit_than_asked_for_is_none(self, wired: Wired) -> None:
        wired.answers(by_cvr=said(COMPANY))
        with pytest.raises(FieldUnusable, match="another one"):
            await wired.lookup.find(CvrNumber("99000015"))

    async def test_a_400_is_told_without_what_was_asked(self, wired: Wired) -> None:
        wired.answers(by_cvr=said("Configuration not valid for 99000007", 400))
        with pytest.raises(Refused) as caught:
            await wired.lookup.find(CvrNumber("99000007"))
        assert str(caught.value) == 'KMD Logic answered 400: "Configuration not valid for …"'
        assert (caught.value.code, caught.value.status) == ("400", 400)

    async def test_an_object_id_cannot_lead_elsewhere(self, wired: Wired) -> None:
        assert await wired.lookup.find_by_id(UnitKind.COMPANY, "../events?x=1") is None
        assert wired.server.asked[0].path == "/by-id/..%2Fevents%3Fx%3D1"


class TestSubscribing:
    """What a 400 means is not told by the service."""

    async def test_one_in_an_orderly_configuration_means_that_it_is_so_already(self, wired: Wired) -> None:
        refused = said({"objectId": "Bad request"}, 400)
        wired.answers(subscribe=refused, unsubscribe=refused, configurations=said({"id": GUID}))
        await wired.feed.subscribe("4999000001")
        await wired.feed.unsubscribe("4999000001")
        assert orjson.loads(wired.server.asked[0].body) == {"configurationId": GUID}
        assert wired.server.asked[2].query == {"configurationId": GUID}

    async def test_one_in_a_configuration_that_is_not_known_is_an_error(self, wired: Wired) -> None:
        wired.answers(subscribe=said({"configurationId": "unknown"}, 400), configurations=html(404))
        with pytest.raises(Refused):
            await wired.feed.subscribe("4999000001")

    async def test_a_unit_that_is_not_known_can_be_cancelled_but_not_subscribed(self, wired: Wired) -> None:
        with pytest.raises(Refused):
            await wired.feed.subscribe("4999000001")
        await wired.feed.unsubscribe("4999000001")


class TestEvents:
    """Pages until ``actualCount`` is 0."""

    async def pages(self, wired: Wired, *answers: Any) -> list[FeedPage]:
        left = [said(answer) for answer in answers]
        wired.server.answers = lambda _: left.pop(0)
        position = await wired.feed.beginning(NOW - dt.timedelta(hours=5))
        return [page async for page in wired.feed.pages(position, NOW)]

    async def test_a_page_of_which_nothing_is_left_does_not_end_it(self, wired: Wired) -> None:
        event = {
            "Id": 4999000001,
            "objectType": "Navn",
            "action": "Aendret",
            "actionDateTime": "2026-03-29T01:00:00Z",
        }
        found = await self.pages(
            wired,
            {"events": [], "actualCount": 100},
            {"events": [event], "actualCount": 6},
            {"actualCount": 0},
        )
        assert [len(page.events) for page in found] == [0, 1, 0]
        assert found[1].events[0].object_id == "4999000001"
        assert found[1].events[0].at == dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)
        assert [asked.query["pageNo"] for asked in wired.server.asked] == ["1", "2", "3"]
        assert {asked.query["pageSize"] for asked in wired.server.asked} == {"100"}

    async def test_the_position_moves_with_the_last_page_and_the_window_begins_two_hours_before_it(
        self, wired: Wired
    ) -> None:
        begun = await wired.feed.beginning(NOW - dt.timedelta(hours=5))
        found = await self.pages(wired, {"events": [], "actualCount": 1}, {"events": [], "actualCount": 0})
        assert [page.position for page in found] == [begun, await wired.feed.beginning(NOW)]
        assert [page.until for page in found] == [NOW - dt.timedelta(hours=5), NOW]
        assert wired.server.asked[0].query["dateFrom"] == "2026-05-04T05:00:00.000000Z"
        assert wired.server.asked[0].query["dateTo"] == "2026-05-04T12:00:00.000000Z"

    @pytest.mark.parametrize("page", [{"events": []}, {"events": [], "actualCount": "many"}, []])
    async def test_a_page_without_its_count_cannot_be_used(self, wired: Wired, page: Any) -> None:
        with pytest.raises(FieldUnusable):
            await self.pages(wired, page)

    async def test_an_event_without_its_unit_is_skipped_and_told(self, wired: Wired) -> None:
        events = [
            {"objectType": "Navn"},
            {"id": "4999000001", "actionDateTime": "soon"},
            {"id": "4999000003"},
        ]
        with structlog.testing.capture_logs() as logs:
            found = await self.pages(
                wired, {"events": events, "actualCount": 3}, {"events": [], "actualCount": 0}
            )
        assert [event.object_id for event in found[0].events] == ["4999000001", "4999000003"]
        assert {event.at for event in found[0].events} == {NOW}
        assert [entry["field"] for entry in logs] == ["events[0].id"]

    async def test_pages_without_end_end(self, wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("registerbro.registers.logic_feed.MOST_PAGES", 3)
        with pytest.raises(AnswerUnusable, match="no end"):
            await self.pages(wired, *[{"events": [], "actualCount": 1}] * 4)


class TestOneByOne:
    """Bulk for those who have none."""

    NUMBERS = tuple(PNumber(f"109990{number:04}") for number in range(20))

    async def test_after_the_register_is_gone_nothing_more_is_asked(self) -> None:
        asked: list[object] = []

        async def find(number: object) -> None:
            asked.append(number)
            if len(asked) == 3:
                raise Unreachable("gone")

        found = await one_by_one(find, self.NUMBERS, at_once=1)
        assert len(asked) == 3
        assert [type(found[number]) for number in self.NUMBERS[2:]] == [Unreachable] * 18
        assert [found[number] for number in self.NUMBERS[:2]] == [None, None]

    async def test_one_that_takes_too_long_does_not_stop_the_others(self) -> None:
        async def find(number: object) -> None:
            if number == self.NUMBERS[5]:
                raise TimedOut("too long")

        found = await one_by_one(find, self.NUMBERS, at_once=4)
        assert [number for number, each in found.items() if each is not None] == [self.NUMBERS[5]]

    async def test_what_is_nobodys_fault_here_is_raised_as_it_is(self) -> None:
        async def find(number: object) -> None:
            raise ConnectionError(f"the store went away while {type(number).__name__} was asked for")

        with pytest.raises(ConnectionError):
            await one_by_one(find, self.NUMBERS, at_once=4)


def test_an_answer_says_what_it_is_in_place_of_json() -> None:
    with pytest.raises(AnswerUnusable, match="answered 200 with an HTML page"):
        Answer(200, b"<html></html>", {}).json()
