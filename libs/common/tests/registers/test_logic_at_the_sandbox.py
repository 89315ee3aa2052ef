"""KMD Logic's adapters at the sandbox's KMD Logic, which was written from the service's description by somebody else."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import UnitKind
from registerbro.registers.errors import NotJson, Refused, Throttled, TokenRefused
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.settings import LogicSettings
from registerbro.registers.tokens import Grant, Tokens, Wording
from registerbro_sandbox.companies import Cease, World
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.logic import At, LogicServer, LogicWrong

from tests.support.register_caller import LIMITS, calling
from tests.support.sandbox_logic import FIRST, SECRET, TERMS

SAMPLE = PNumber("1003387453")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogicServer]:
    world = World.begin(tmp_path_factory.mktemp("logic"), seed=6, companies=20)
    with LogicServer(world, dataclasses.replace(TERMS, refuses_repeats=True)) as running:
        yield running


@dataclasses.dataclass(frozen=True, slots=True)
class Adapters:
    lookup: LogicLookup
    feed: LogicFeed


@contextlib.asynccontextmanager
async def asking(
    server: LogicServer, *, secret: str = SECRET, configuration: object = FIRST
) -> AsyncIterator[Adapters]:
    settings = LogicSettings.model_validate(
        {
            "client_id": TERMS.client_id,
            "client_secret": secret,
            "scope": TERMS.scope,
            "subscription_id": TERMS.subscription_id,
            "configuration_id": str(configuration),
            "page_size": 5,
        }
    )
    grant = Grant(server.token_url, TERMS.client_id, SecretStr(secret), TERMS.scope, wording=Wording.LOGIC)
    url = f"{server.gateway_url}/subscriptions/{TERMS.subscription_id}/cvr"
    limits = LIMITS.model_copy(update={"answer_seconds": 10})
    async with calling(url, tokens=Tokens(grant), limits=limits) as caller:
        yield Adapters(LogicLookup(caller, settings, at_once=4), LogicFeed(caller, settings))


@pytest.fixture
async def adapters(server: LogicServer) -> AsyncIterator[Adapters]:
    async with asking(server) as found:
        yield found
    server.faults.none()


async def test_a_unit_its_company_and_all_units_of_it(adapters: Adapters) -> None:
    unit = await adapters.lookup.find(SAMPLE)
    assert unit is not None
    assert unit.company is not None
    assert unit.object_id is not None
    company = await adapters.lookup.find(unit.company)
    assert company is not None
    assert "KMD" in company.name
    assert company.start_date is not None
    assert SAMPLE in await adapters.lookup.production_units(unit.company)
    again = await adapters.lookup.find_by_id(UnitKind.PRODUCTION_UNIT, unit.object_id)
    assert again is not None
    assert again.number == SAMPLE
    assert await adapters.lookup.find(CvrNumber("10000009")) is None


async def test_keys_in_capitals_a_byte_order_mark_and_a_token_that_ends(
    server: LogicServer, adapters: Adapters
) -> None:
    plain = await adapters.lookup.find(SAMPLE)
    server.faults.set(LogicWrong(at=At.LOOKUP, bom=True, pascal_keys=True))
    server.expire_tokens()
    odd = await adapters.lookup.find(SAMPLE)
    assert plain is not None
    assert odd is not None
    assert dataclasses.replace(odd, asked_at=plain.asked_at, records=plain.records) == plain


async def test_what_happens_to_a_subscribed_unit_is_told(server: LogicServer, adapters: Adapters) -> None:
    found = await adapters.lookup.find(SAMPLE)
    assert found is not None
    assert found.object_id is not None
    begun = await adapters.feed.beginning(dt.datetime.now(dt.UTC))
    for _ in range(2):
        await adapters.feed.subscribe(found.object_id)
    unit = server.world.unit(str(SAMPLE))
    assert unit is not None
    server.world.change(Cease(object_id=unit.object_id, day=danish_day()))
    server.faults.set(LogicWrong(duplicates=True, shuffled=True))
    pages = [page async for page in adapters.feed.pages(begun, dt.datetime.now(dt.UTC))]
    assert {event.object_id for page in pages for event in page.events} == {found.object_id}
    for _ in range(2):
        await adapters.feed.unsubscribe(found.object_id)
    pages = [page async for page in adapters.feed.pages(begun, dt.datetime.now(dt.UTC))]
    assert {event.object_id for page in pages for event in page.events} == set()


async def test_what_it_refuses_is_told_as_it_is(server: LogicServer, adapters: Adapters) -> None:
    async with asking(server, secret="wrong") as stranger:
        with pytest.raises(TokenRefused, match="Unable to access the token issuer, request returned"):
            await stranger.lookup.find(SAMPLE)
    async with asking(server, configuration="00000000-0000-0000-0000-00000000dead") as lost:
        with pytest.raises(Refused):
            await lost.feed.subscribe("4999000001")
    server.faults.set(LogicWrong(html=True))
    async with asking(server) as found:
        with pytest.raises(NotJson):
            await found.lookup.find(SAMPLE)
    server.faults.set(LogicWrong(status=429, retry_after=60))
    with pytest.raises(Throttled):
        await adapters.lookup.find(SAMPLE)
