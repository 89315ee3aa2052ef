"""The sandbox's registers through our own adapters: a unit is the same whoever tells of it, in what each of them delivers."""

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro.cvr import reading
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers.datafordeler import parse
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import PullFeed
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.logic import LogicLookup
from registerbro.registers.port import Feed, Lookup, Provider
from registerbro.registers.settings import CvrLimitSettings, LogicSettings
from registerbro.registers.tls import Tls
from registerbro.registers.tokens import Grant, Tokens
from registerbro_sandbox.companies import Cease
from registerbro_sandbox.datafordeler import EmailKey, Industries, Numbers, Protection, RestShape
from registerbro_sandbox.logic import LogicServer

from tests.support.register_caller import calling
from tests.support.sandbox_datafordeler import USERS, Datafordeleren, datafordeleren
from tests.support.sandbox_logic import FIRST, TERMS

COMPANIES = 12
LIMITS = CvrLimitSettings(answer_seconds=20, calls_per_second=None)
FIELDS = {
    Part.NAME: "name",
    Part.PHONE: "phone",
    Part.FAX: "fax",
    Part.EMAIL: "email",
    Part.START_DATE: "start_date",
    Part.END_DATE: "end_date",
    Part.CREDIT: "credit",
    Part.ADVERTISING_PROTECTION: "is_advertising_protected",
    Part.COMPANY: "company",
}
OTHERWISE = [
    RestShape(),
    RestShape(
        email_key=EmailKey.PLAIN,
        numbers=Numbers.INTEGER,
        industries=Industries.FLAT,
        protection=Protection.BARE,
    ),
]


@dataclasses.dataclass(frozen=True, slots=True)
class Sources:
    """Everybody who can be asked about one world."""

    sandbox: Datafordeleren
    rest: RestLookup
    graphql: GraphqlLookup
    logic: LogicLookup
    messages: PullFeed
    events: GraphqlFeed

    @property
    def numbers(self) -> list[UnitNumber]:
        """Of all units of the world."""
        units = (self.sandbox.world.by_id(object_id) for object_id in self.sandbox.world.object_ids())
        return [number_of(unit.number) for unit in units if unit is not None]


def number_of(text: str) -> UnitNumber:
    return CvrNumber(text) if len(text) == 8 else PNumber(text)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("datafordeleren"), companies=COMPANIES) as running:
        yield running


@pytest.fixture
async def sources(sandbox: Datafordeleren, tmp_path: Path) -> AsyncIterator[Sources]:
    ca_file = tmp_path / "authority.pem"
    ca_file.write_bytes(sandbox.authority.certificate)
    url = sandbox.server.open_url
    told: dict[str, Any] = {"limits": LIMITS, "tls": Tls(ca_file)}
    with LogicServer(sandbox.world, TERMS) as logic:
        terms = LogicSettings(
            url=logic.gateway_url,
            token_url=logic.token_url,
            client_id=TERMS.client_id,
            client_secret=TERMS.client_secret,
            scope=TERMS.scope,
            subscription_id=TERMS.subscription_id,
            configuration_id=FIRST,
        )
        tokens = Tokens(
            Grant(terms.token_url, terms.client_id, client_secret=terms.client_secret, scope=terms.scope)
        )
        prefix = f"{terms.url}/subscriptions/{terms.subscription_id}/cvr"
        user = {"username": SecretStr(USERS.user), "password": USERS.password}
        async with (
            calling(url, Provider.DATAFORDELER_REST, query=user, **told) as rest,
            calling(f"{url}/system/EventMessages/1.0.0/custom", query=user, **told) as messages,
            calling(f"{url}/CVR/v2", query={"apiKey": USERS.api_key}, **told) as graphql,
            calling(prefix, tokens=tokens, limits=LIMITS) as gateway,
        ):
            yield Sources(
                sandbox,
                RestLookup(rest),
                GraphqlLookup(graphql),
                LogicLookup(gateway, terms, at_once=8),
                PullFeed(messages),
                GraphqlFeed(graphql),
            )
        await tokens.close()


async def all_units(lookup: Lookup, numbers: list[UnitNumber]) -> dict[UnitNumber, Unit]:
    found = await lookup.find_many(numbers)
    units = {number: unit for number, unit in found.items() if isinstance(unit, Unit)}
    assert set(units) == set(numbers)
    return units


def assert_agree(one: Unit, other: Unit) -> None:
    """In what both deliver; texts of industries and forms are each source's own."""
    both = one.delivers & other.delivers
    assert (one.number, one.object_id) == (other.number, other.object_id)
    for part, field in FIELDS.items():
        assert part not in both or getattr(one, field) == getattr(other, field), (part, one.number)
    if Part.MAIN_INDUSTRY in both:
        assert _code(one.main_industry) == _code(other.main_industry)
    if Part.SECONDARY_INDUSTRIES in both:
        assert list(map(_code, one.secondary_industries)) == list(map(_code, other.secondary_industries))
    if Part.ADDRESS in both:
        assert _place(one.address) == _place(other.address)


def _place(address: UnitAddress | None) -> tuple[str, ...]:
    """What all sources tell of an address; KMD Logic writes a free text in place of the road."""
    if address is None:
        return ()
    road, house = address.road or address.free_text, address.house_number_from
    codes = (address.municipality_code, address.road_code, address.country_code)
    return (road, house, address.postcode, address.post_district, *codes)


def _code(industry: Industry | None) -> str | None:
    return None if industry is None else industry.code


@pytest.mark.parametrize("shape", OTHERWISE, ids=["one way", "the other way"])
async def test_rest_and_graphql_tell_the_same_of_every_unit(sources: Sources, shape: RestShape) -> None:
    sources.sandbox.server.shape = shape
    graphql = await all_units(sources.graphql, sources.numbers)
    rest = await all_units(sources.rest, sources.numbers)
    for number, unit in graphql.items():
        other = rest[number]
        kept: dict[str, Any] = {
            "records": unit.records,
            "asked_at": unit.asked_at,
            "fax": "",
            "delivers": unit.delivers,
        }
        assert dataclasses.replace(other, **kept) == unit
        assert other.delivers - {Part.FAX} == unit.delivers
        assert parse(unit.records, unit.asked_at) == unit
        assert parse(other.records, other.asked_at) == other
    assert {unit.kind for unit in graphql.values()} == set(UnitKind)
    assert any(unit.end_date for unit in graphql.values())


async def test_logic_tells_the_same_as_far_as_it_goes(sources: Sources) -> None:
    graphql = await all_units(sources.graphql, sources.numbers)
    logic = await all_units(sources.logic, sources.numbers)
    for number, unit in graphql.items():
        assert_agree(logic[number], unit)
    assert any(Part.ADDRESS in unit.delivers for unit in logic.values())


async def test_what_happens_is_told_by_both_feeds(sources: Sources) -> None:
    world, now = sources.sandbox.world, dt.datetime.now(dt.UTC)
    begun = [(feed, await feed.beginning(now)) for feed in (sources.messages, sources.events)]
    units = (world.by_id(object_id) for object_id in world.object_ids())
    living = next(unit for unit in units if unit is not None and unit.ended() is None)
    world.change(Cease(object_id=living.object_id, day=reading.danish_day(now)))
    for feed, position in begun:
        assert await _told(feed, position) == {living.object_id}
    number = number_of(living.number)
    by_rest, by_graphql = await sources.rest.find(number), await sources.graphql.find(number)
    assert by_rest is not None
    assert by_graphql is not None
    assert by_rest.end_date == by_graphql.end_date == reading.danish_day(now)
    assert by_rest.name == by_graphql.name != ""


async def _told(feed: Feed, position: str) -> set[str]:
    now = dt.datetime.now(dt.UTC)
    return {event.object_id async for page in feed.pages(position, now) for event in page.events}
