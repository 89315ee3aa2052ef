"""Cases as the bus tells of them: also where two services share the consumer, and where contacts come after their case."""

import dataclasses
import datetime as dt

import pytest
from registerbro.bus import dead_letters, outbox
from registerbro.bus.port import Consumer
from registerbro.database import Pool
from registerbro.events import CaseClosed, CaseOpened, Event
from registerbro.subscriptions import cases, handlers

from tests.support.bus import DELAYS, Transport
from tests.support.cpr_files import ANNA, BENT
from tests.support.waiting import until

from .conftest import Persons

CASE = "sag 1"
UNKNOWN = 4711


@pytest.fixture
def transport() -> Transport:
    return Transport("in-process")


@pytest.fixture
def impatient() -> Consumer:
    """The consumer, with short delays."""
    return dataclasses.replace(handlers.consumer(), retry_delays=DELAYS)


async def send(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)


async def parties(pool: Pool) -> list[int]:
    return [party.contact_id for party in await cases.contacts_of(pool, CASE)]


async def handled(pool: Pool) -> int:
    return int(await pool.fetchval("select count(*) from inbox where consumer = $1", handlers.CASES))


async def test_two_services_share_the_events_of_cases(persons: Persons, transport: Transport) -> None:
    ids = (await persons.add(ANNA), await persons.add(BENT))
    moment = dt.datetime.now(dt.UTC)
    minute = dt.timedelta(minutes=1)
    closing = Event(CaseClosed(CASE), time=moment)
    late = Event(CaseOpened(CASE, ids), time=moment - minute)
    again = Event(CaseOpened(CASE, ids[:1]), time=moment + minute)
    others = [Event(CaseOpened(f"sag {each}", ids)) for each in range(2, 22)]

    async def all_handled() -> bool:
        return await handled(persons.pool) == 3 + len(others)

    async with (
        transport.running(persons.pool, handlers.consumer()),
        transport.running(persons.pool, handlers.consumer()),
    ):
        await send(persons.pool, closing, late, again, *others)
        await until(all_handled)
    assert await parties(persons.pool) == [ids[0]]
    assert len(await cases.cases_of(persons.pool, ids[1])) == len(others)
    assert await persons.pool.fetchval("select count(*) from delivery") == 0


async def test_a_contact_that_comes_after_its_case_is_party_to_it(
    persons: Persons, transport: Transport, impatient: Consumer
) -> None:
    anna = await persons.add(ANNA)
    event = Event(CaseOpened(CASE, (anna, UNKNOWN)))

    async def tried() -> object:
        return await persons.pool.fetchval("select attempt > 1 from delivery")

    async def is_party() -> bool:
        return await parties(persons.pool) == [anna, UNKNOWN]

    async with transport.running(persons.pool, impatient):
        await send(persons.pool, event)
        await until(tried)
        assert await parties(persons.pool) == []
        await persons.pool.execute("insert into contact (contact_id, name_type) values ($1, 'C')", UNKNOWN)
        await until(is_party)


async def test_a_contact_that_never_comes_makes_a_dead_letter_that_can_be_replayed(
    persons: Persons, transport: Transport, impatient: Consumer
) -> None:
    async def given_up() -> object:
        return await persons.pool.fetchval("select count(*) from dead_letter")

    async def is_party() -> bool:
        return await parties(persons.pool) == [UNKNOWN]

    async with transport.running(persons.pool, impatient):
        await send(persons.pool, Event(CaseOpened(CASE, (UNKNOWN,))))
        await until(given_up)
        async with persons.pool.acquire() as connection:
            [letter] = await dead_letters.find(connection)
            assert "the case names contacts that are not in the store" in letter.reason
            await connection.execute("insert into contact (contact_id, name_type) values ($1, 'C')", UNKNOWN)
            await dead_letters.request_replay(connection, letter.dead_letter_id)
        await until(is_party)
