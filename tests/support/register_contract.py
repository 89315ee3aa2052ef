"""What every adapter of the port does, whoever is asked: its tests derive from the two classes and give a ``stand``.

A stand is an adapter in front of a server of the tests, which knows units and events in the provider's own wire format.
"""

import dataclasses
import datetime as dt
import json
from typing import Protocol

import pytest
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Unit, UnitKind
from registerbro.registers.errors import (
    AnswerUnusable,
    CallRefused,
    FeedGap,
    FieldUnusable,
    NotJson,
    PositionUnusable,
    RegisterError,
    SearchNotSupported,
    ServerFailed,
    Throttled,
    TimedOut,
    Unreachable,
)
from registerbro.registers.port import ChangeEvent, Feed, FeedPage, Lookup, NameSearch

from tests.support.register_server import Behaviour, Reply, Reset, Stall, html

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Sample:
    """A unit that a server of the tests knows."""

    number: UnitNumber
    object_id: str
    name: str
    company: CvrNumber | None = None
    ceased_on: dt.date | None = None


COMPANY = Sample(CvrNumber("99000007"), "4999000001", "Havnens Rederi A/S")
CEASED = Sample(CvrNumber("99000015"), "4999000002", "Ophørt ApS", ceased_on=dt.date(2024, 3, 31))
UNIT = Sample(PNumber("1099900004"), "4999000003", "Havnens Rederi - Værftet", CvrNumber("99000007"))
BROKEN = Sample(CvrNumber("99000023"), "4999000004", "Broken")
UNKNOWN = CvrNumber("99000031")


class Stand(Protocol):
    """An adapter in front of a server of the tests; the server knows the samples above."""

    @property
    def lookup(self) -> Lookup:
        """The adapter, whose time limit for an answer is a fraction of a second, and which tries once."""

    @property
    def feed(self) -> Feed:
        """The other adapter."""

    def answer_all(self, behaviour: Behaviour) -> None:
        """From now on every call is answered so."""

    def happens(self, *events: ChangeEvent) -> None:
        """The feed has these, too."""


class LookupContract:
    """Of every ``Lookup``. The server's answer about ``BROKEN`` has a field of a wrong type."""

    @pytest.mark.parametrize("sample", [COMPANY, UNIT], ids=["company", "production unit"])
    async def test_a_unit_is_found_by_number_and_by_id(self, stand: Stand, sample: Sample) -> None:
        begun = dt.datetime.now(dt.UTC)
        by_number = await stand.lookup.find(sample.number)
        by_id = await stand.lookup.find_by_id(kind_of(sample), sample.object_id)
        assert by_number is not None
        assert by_id is not None
        assert dataclasses.replace(by_id, asked_at=by_number.asked_at, records=by_number.records) == by_number
        assert (by_number.number, by_number.object_id) == (sample.number, sample.object_id)
        assert (by_number.name, by_number.company) == (sample.name, sample.company)
        assert begun <= by_number.asked_at <= dt.datetime.now(dt.UTC)

    @pytest.mark.parametrize("sample", [COMPANY, UNIT], ids=["company", "production unit"])
    async def test_an_answer_delivers_what_the_adapter_can(self, stand: Stand, sample: Sample) -> None:
        unit = await stand.lookup.find(sample.number)
        assert unit is not None
        assert unit.delivers
        assert unit.delivers <= stand.lookup.delivers(kind_of(sample))
        assert "\n" not in unit.records
        assert json.loads(unit.records)

    async def test_a_ceased_unit_is_found_with_its_end(self, stand: Stand) -> None:
        unit = await stand.lookup.find(CEASED.number)
        assert unit is not None
        assert (unit.name, unit.end_date) == (CEASED.name, CEASED.ceased_on)

    async def test_an_unknown_unit_is_none(self, stand: Stand) -> None:
        assert await stand.lookup.find(UNKNOWN) is None
        assert await stand.lookup.find(PNumber("1099900012")) is None
        assert await stand.lookup.find_by_id(UnitKind.COMPANY, "4999999999") is None

    async def test_many_are_found_though_one_fails(self, stand: Stand) -> None:
        numbers = [UNIT.number, UNKNOWN, BROKEN.number, COMPANY.number, UNIT.number]
        found = await stand.lookup.find_many(numbers)
        assert set(found) == set(numbers)
        unit, company = found[UNIT.number], found[COMPANY.number]
        assert isinstance(unit, Unit)
        assert isinstance(company, Unit)
        assert (unit.number, company.number) == (UNIT.number, COMPANY.number)
        assert found[UNKNOWN] is None
        assert isinstance(found[BROKEN.number], FieldUnusable)

    async def test_nothing_asked_is_nothing_found(self, stand: Stand) -> None:
        assert dict(await stand.lookup.find_many([])) == {}

    async def test_production_units_of_a_company(self, stand: Stand) -> None:
        assert isinstance(COMPANY.number, CvrNumber)
        assert await stand.lookup.production_units(COMPANY.number) == (UNIT.number,)
        assert await stand.lookup.production_units(UNKNOWN) == ()

    async def test_a_name_is_found_as_far_as_the_provider_can(self, stand: Stand) -> None:
        search = stand.lookup.name_search
        if search is NameSearch.NONE:
            with pytest.raises(SearchNotSupported):
                await stand.lookup.search(COMPANY.name, page=1, size=10)
            return
        name = COMPANY.name[:7] if search is NameSearch.PREFIX else COMPANY.name
        hits = await stand.lookup.search(name, page=1, size=10)
        assert COMPANY.number in {hit.number for hit in hits.hits}
        assert not (await stand.lookup.search("Nobody is called so", page=1, size=10)).hits

    async def test_a_field_of_a_wrong_type_is_named(self, stand: Stand) -> None:
        with pytest.raises(FieldUnusable) as caught:
            await stand.lookup.find(BROKEN.number)
        assert caught.value.path
        assert str(BROKEN.number) not in str(caught.value)

    @pytest.mark.parametrize(
        ("behaviour", "kind"),
        [
            pytest.param(html(), NotJson, id="HTML"),
            pytest.param(Reply(200, b'{"name": "Hav'), NotJson, id="cut off"),
            pytest.param(html(401), CallRefused, id="401"),
            pytest.param(html(403), CallRefused, id="403"),
            pytest.param(Reply(429, headers={"Retry-After": "60"}), Throttled, id="429"),
            pytest.param(Reply(503, headers={"Retry-After": "60"}), Throttled, id="503 that says when"),
            pytest.param(html(503), ServerFailed, id="503"),
            pytest.param(html(500), ServerFailed, id="500"),
            pytest.param(html(302), AnswerUnusable, id="redirect"),
            pytest.param(html(400), AnswerUnusable, id="400"),
            pytest.param(Stall(), TimedOut, id="time-out"),
            pytest.param(Reset(), Unreachable, id="cut"),
        ],
    )
    async def test_what_goes_wrong_is_told_as_it_is(
        self, stand: Stand, behaviour: Behaviour, kind: type[RegisterError]
    ) -> None:
        stand.answer_all(behaviour)
        with pytest.raises(kind) as caught:
            await stand.lookup.find(COMPANY.number)
        assert str(caught.value)
        assert str(COMPANY.number) not in str(caught.value)

    async def test_how_long_to_wait_is_told(self, stand: Stand) -> None:
        stand.answer_all(Reply(429, headers={"Retry-After": "60"}))
        with pytest.raises(Throttled) as caught:
            await stand.lookup.find(COMPANY.number)
        assert caught.value.retry_after == dt.timedelta(seconds=60)

    async def test_refused_access_concerns_all(self, stand: Stand) -> None:
        stand.answer_all(html(403))
        with pytest.raises(CallRefused):
            await stand.lookup.find_many([COMPANY.number, UNIT.number])


class FeedContract:
    """Of every ``Feed``."""

    async def test_at_the_beginning_nothing_has_happened(self, stand: Stand) -> None:
        pages = await all_pages(stand.feed, await stand.feed.beginning(NOW), NOW)
        assert len(pages) >= 1
        assert events_of(pages) == set()

    async def test_all_that_happened_is_told_in_several_pages(self, stand: Stand) -> None:
        begun = await stand.feed.beginning(NOW - 3 * HOUR)
        told = [_event(f"49990{number:05}", NOW - 2 * HOUR) for number in range(7)]
        stand.happens(*told, told[3])
        pages = await all_pages(stand.feed, begun, NOW)
        assert {event.object_id for event in events_of(pages)} == {event.object_id for event in told}
        assert sum(1 for page in pages if page.events) > 1

    async def test_reading_goes_on_at_the_position(self, stand: Stand) -> None:
        begun = await stand.feed.beginning(NOW - 30 * HOUR)
        stand.happens(_event("4999000001", NOW - 20 * HOUR))
        first = await all_pages(stand.feed, begun, NOW - 10 * HOUR)
        stand.happens(_event("4999000003", NOW - HOUR))
        second = await all_pages(stand.feed, first[-1].position, NOW)
        assert {event.object_id for event in events_of(first)} == {"4999000001"}
        assert {event.object_id for event in events_of(second)} == {"4999000003"}
        again = await all_pages(stand.feed, begun, NOW)
        assert {event.object_id for event in events_of(again)} == {"4999000001", "4999000003"}

    @pytest.mark.parametrize("position", ["", "somebody-else:17", "logic", "🦭"])
    async def test_another_ones_position_is_refused(self, stand: Stand, position: str) -> None:
        with pytest.raises(PositionUnusable):
            await all_pages(stand.feed, position, NOW)

    async def test_a_unit_may_be_subscribed_and_cancelled_twice(self, stand: Stand) -> None:
        for _ in range(2):
            await stand.feed.subscribe("4999000001")
        for _ in range(2):
            await stand.feed.unsubscribe("4999000001")

    async def test_what_goes_wrong_with_a_page_is_told(self, stand: Stand) -> None:
        begun = await stand.feed.beginning(NOW - HOUR)
        stand.answer_all(html())
        with pytest.raises(NotJson):
            await all_pages(stand.feed, begun, NOW)
        stand.answer_all(html(401))
        with pytest.raises(CallRefused):
            await all_pages(stand.feed, begun, NOW)


class ForgettingFeedContract:
    """Of a ``Feed`` whose provider keeps events for thirty days."""

    async def test_a_gap_longer_than_what_is_kept_is_told(self, stand: Stand) -> None:
        position = await stand.feed.beginning(NOW - dt.timedelta(days=31))
        with pytest.raises(FeedGap):
            await all_pages(stand.feed, position, NOW)


async def all_pages(feed: Feed, position: str, now: dt.datetime) -> list[FeedPage]:
    """Everything since a position."""
    return [page async for page in feed.pages(position, now)]


def events_of(pages: list[FeedPage]) -> set[ChangeEvent]:
    """All events of some pages, each once."""
    return {event for page in pages for event in page.events}


def kind_of(sample: Sample) -> UnitKind:
    """Which of the two it is."""
    return UnitKind.COMPANY if isinstance(sample.number, CvrNumber) else UnitKind.PRODUCTION_UNIT


def _event(object_id: str, at: dt.datetime) -> ChangeEvent:
    return ChangeEvent(object_id, about="Navn", action="Aendret", at=at)
