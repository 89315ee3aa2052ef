"""Parties of cases: the same whatever the order of events, however often they come, and whoever is merged meanwhile."""

import asyncio
import datetime as dt
import random
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro import housekeeping
from registerbro.configuration.in_force import SettingsInForce
from registerbro.database import Connection, Pool
from registerbro.settings import EventSettings, Settings
from registerbro.subscriptions import asking, cases
from registerbro.subscriptions.errors import UnknownContacts

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.histories import empty_store
from tests.support.waiting import until

from .conftest import Persons

INBOX_DAYS = EventSettings().inbox_days
START = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
CASES = ("sag 1", "sag 2")
MERGED, SURVIVOR = 4, 1
CaseEvent: TypeAlias = tuple[str, int, tuple[int, ...] | None]  # case, minute, parties; None: closed


def at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


async def parties(connection: "Connection | Pool", case: str = CASES[0]) -> list[int]:
    return [party.contact_id for party in await cases.contacts_of(connection, case)]


async def opened(pool: Pool, minute: int, *contact_ids: int, case: str = CASES[0]) -> list[int]:
    async with pool.acquire() as connection, connection.transaction():
        return await cases.opened(connection, case, contact_ids, at(minute))


async def closed(pool: Pool, minute: int, case: str = CASES[0]) -> list[int]:
    async with pool.acquire() as connection, connection.transaction():
        return await cases.closed(connection, case, at(minute))


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(CASES),
        st.integers(0, 6),
        st.none() | st.lists(st.integers(1, MERGED), max_size=3).map(tuple),
    ),
    max_size=10,
)


def model(events: list[CaseEvent]) -> dict[str, set[int]]:
    """One event after the other as they happened; what closes comes last of what happened at the same moment."""
    found: dict[str, set[int]] = {case: set() for case in CASES}
    for case, _, named in sorted(events, key=lambda event: (event[1], event[2] is None)):
        if named is None:
            found[case].clear()
        else:
            found[case] |= {SURVIVOR if each == MERGED else each for each in named}
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, repeats=st.integers(0, 10), seed=st.integers(0, 1000))
async def test_any_interleaving_with_delays_and_duplicates_ends_in_the_state_of_the_model(
    pool: Pool, events: list[CaseEvent], repeats: int, seed: int
) -> None:
    dice = random.Random(seed)
    delivered = [*events, *(dice.choice(events) for _ in range(repeats if events else 0))]
    dice.shuffle(delivered)
    async with empty_store(pool) as connection:
        await connection.execute(
            "insert into contact (contact_id, name_type, merged_into) "
            "select each, 'C', case each when $1 then $2::bigint end from generate_series(1, $1) as each",
            MERGED, SURVIVOR,
        )  # fmt: skip
        for case, minute, named in delivered:
            if named is None:
                await cases.closed(connection, case, at(minute))
            else:
                await cases.opened(connection, case, named, at(minute))
        assert {case: set(await parties(connection, case)) for case in CASES} == model(events)


async def test_who_comes_and_goes_is_told(persons: Persons) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    assert await opened(persons.pool, 1, anna) == [anna]
    assert await opened(persons.pool, 2, anna, bent) == [bent]
    assert await closed(persons.pool, 3) == [anna, bent]
    assert await closed(persons.pool, 3) == []
    assert await opened(persons.pool, 2, anna) == [], "it came late"
    assert await opened(persons.pool, 4, bent) == [bent]
    assert await cases.contacts_of(persons.pool, CASES[0]) == [cases.Party(bent, at(4))]
    assert await cases.cases_of(persons.pool, bent) == [cases.OpenCase(CASES[0], at(4))]


async def test_unknown_contacts_are_named_and_nothing_is_stored(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    with pytest.raises(UnknownContacts) as caught:
        await opened(persons.pool, 1, anna, 7777, 8888)
    assert caught.value.contact_ids == (7777, 8888)
    assert await parties(persons.pool) == []


@pytest.mark.parametrize(("of_anna", "of_bent"), [(1, 3), (3, 1)])
async def test_who_becomes_one_is_party_since_the_later_of_two_openings(
    persons: Persons, of_anna: int, of_bent: int
) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    await opened(persons.pool, of_anna, anna)
    await opened(persons.pool, of_bent, bent)
    await opened(persons.pool, 1, anna, case=CASES[1])
    await persons.join(BENT, ANNA)
    await closed(persons.pool, 2)
    assert await parties(persons.pool) == [bent]
    assert await cases.cases_of(persons.pool, anna) == await cases.cases_of(persons.pool, bent)
    assert len(await cases.cases_of(persons.pool, anna)) == 2


async def test_what_opens_waits_for_what_closes_at_the_same_time(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await cases.closed(connection, CASES[0], at(2))
            task = asyncio.create_task(opened(persons.pool, 1, anna))
            await until(persons.is_waiting)
        assert await asyncio.wait_for(task, 20) == []
    assert await parties(persons.pool) == []


async def test_a_party_that_is_merged_at_this_moment_is_the_survivor(persons: Persons) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await persons.join(BENT, ANNA, connection)
            task = asyncio.create_task(opened(persons.pool, 1, anna))
            await until(persons.is_waiting)
        assert await asyncio.wait_for(task, 20) == [bent]
    assert await parties(persons.pool) == [bent]


async def test_a_party_that_is_merged_while_its_case_is_closed_leaves_it(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    await persons.add(BENT)
    await opened(persons.pool, 1, anna)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await persons.join(BENT, ANNA, connection)
            task = asyncio.create_task(closed(persons.pool, 2))
            await until(persons.is_waiting)
        await asyncio.wait_for(task, 20)
    assert await persons.pool.fetchval("select count(*) from case_contact") == 0


async def test_closings_are_remembered_as_long_as_the_inbox(persons: Persons) -> None:
    carl = await persons.add(CARL)
    await persons.pool.execute(
        "select ensure_partitions('inbox', interval '1 day', $1, $1)",
        START.date() - dt.timedelta(days=INBOX_DAYS),
    )
    oldest = START.replace(hour=0) - dt.timedelta(days=INBOX_DAYS)
    for case, moment in zip(CASES, (oldest - dt.timedelta(microseconds=1), oldest), strict=True):
        async with persons.pool.acquire() as connection, connection.transaction():
            await cases.closed(connection, case, moment)
    await opened(persons.pool, 1, carl)
    assert await cases.forget(persons.pool) == 1
    assert await persons.pool.fetchval("select array_agg(case_reference) from case_closing") == [CASES[1]]
    assert await parties(persons.pool) == [carl]


async def test_housekeeping_forgets_old_closings_and_who_made_old_wishes(
    persons: Persons, service_settings: Settings
) -> None:
    anna = await persons.add(ANNA)
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=service_settings.audit.retention_days + 1)
    async with persons.pool.acquire() as connection, connection.transaction():
        await cases.closed(connection, CASES[0], old)
        await cases.closed(connection, CASES[1], dt.datetime.now(dt.UTC))
        await asking.ask(connection, {anna: True}, now=dt.datetime.now(dt.UTC))
    await persons.pool.execute("update cpr_wish set asked_at = $1", old)
    [job] = housekeeping.jobs(persons.pool, SettingsInForce(persons.pool, service_settings))
    details = await job.work(dt.datetime.now(dt.UTC).date())
    assert details is not None
    assert (details["case_closings_forgotten"], details["wishes_forgotten"]) == (1, 1)
    assert await persons.wishes() == {anna: True}
