"""What was merged already writes nothing; what collides is done again; what is cut short leaves nothing behind."""

import asyncio
import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import loading, merge
from registerbro.contacts.model import MappedContact, Outcome, Result, Role
from registerbro.database import Connection, Pool, open_connection

from tests.support.deliveries import BATCH, IMPORT, NOW, delivery, home, to
from tests.support.histories import cut, empty_store, histories
from tests.support.reference_merge import merged, stored_state

TABLES = (
    "contact", "contact_number", "address", "contact_reference", "contact_version", "source_record", "delivery_scope",
    "outbox",
)  # fmt: skip
ANNA, BO, CARL = "0101800001", "0202800002", "0303800003"
LATER = NOW + dt.timedelta(hours=1)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def rows(connection: "Connection | Pool") -> dict[str, Any]:
    """Every row of the store, with where it stands and who wrote it: a row that was written anew differs."""
    return {
        table: await connection.fetch(f"select ctid::text, xmin::text, {table}.* from {table} order by ctid")
        for table in TABLES
    }


@quick
@given(history=histories(), seed=st.integers(0, 1000))
async def test_the_same_deliveries_again_write_no_row(
    pool: Pool, history: list[MappedContact], seed: int
) -> None:
    dice = random.Random(seed)
    async with empty_store(pool) as connection:
        await merge.apply(connection, history, IMPORT, now=NOW)
        before = await rows(connection)
        for chunk in cut(dice.sample(history, len(history)), dice):
            results = await merge.apply(connection, chunk, IMPORT, now=LATER)
            assert {each.outcome for each in results} == {Outcome.NOT_NEWER}
        assert await rows(connection) == before


async def test_an_older_file_after_a_newer_one_writes_no_row(pool: Pool) -> None:
    family = {number: (to(Role.SPOUSE, other),) for number, other in ((ANNA, BO), (BO, ANNA))}
    older = [
        delivery(each, 1, fields={"name1": "Old"}, references=(to(Role.CHILD, CARL),)) for each in family
    ]
    newer = [
        delivery(each, 2, addresses={"HA": home("Nygade 2")}, references=family[each]) for each in family
    ]
    await merge.apply(pool, newer, IMPORT, now=NOW)
    before = await rows(pool)
    for policy in (IMPORT, BATCH):
        results = await merge.apply(pool, older, policy, now=LATER)
        assert {each.outcome for each in results} == {Outcome.NOT_NEWER}
    assert await rows(pool) == before


async def test_no_sequence_of_numbers_or_contacts_is_drawn_for_what_is_not_stored(pool: Pool) -> None:
    chunk = [delivery(ANNA, references=(to(Role.SPOUSE, BO), to(Role.FATHER, name="Ole")))]
    await merge.apply(pool, chunk, IMPORT, now=NOW)
    last = await pool.fetchval("select last_value from contact_contact_id_seq")
    await merge.apply(pool, chunk, IMPORT, now=NOW)
    assert await pool.fetchval("select last_value from contact_contact_id_seq") == last


@settings(quick, max_examples=12)
@given(history=histories(), seed=st.integers(0, 1000))
async def test_concurrent_merges_of_overlapping_chunks_end_in_the_same_state(
    pool: Pool, history: list[MappedContact], seed: int
) -> None:
    await pool.execute("delete from case_contact")
    for table in (
        "contact_reference",
        "address",
        "source_record",
        "contact_number",
        "contact_version",
        "contact",
    ):
        await pool.execute(f"delete from {table}")
    dice = random.Random(seed)
    orders = [cut(dice.sample(history, len(history)), dice) for _ in range(3)]

    async def run(chunks: Sequence[Sequence[MappedContact]]) -> None:
        for chunk in chunks:
            await merge.apply(pool, chunk, IMPORT, now=NOW)

    await asyncio.wait_for(asyncio.gather(*map(run, orders)), timeout=60)
    async with pool.acquire() as connection:
        assert await stored_state(connection) == merged(history)


async def test_who_comes_second_waits_for_the_first_and_then_sees_what_it_stored(
    pool: Pool, database_url: str
) -> None:
    """Both bring the same new persons, in opposite order: the second finds them taken, and begins again."""
    first_wrote, second_waits = asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection, _: Sequence[Result]) -> None:
        first_wrote.set()
        await second_waits.wait()

    async with open_connection(database_url) as watcher, open_connection(database_url) as other:
        couple = [delivery(ANNA, references=(to(Role.SPOUSE, BO),)), delivery(BO)]
        first = asyncio.create_task(merge.apply(pool, couple, IMPORT, now=NOW, also=hold))
        await first_wrote.wait()
        second = asyncio.create_task(merge.apply(other, couple[::-1], IMPORT, now=NOW))
        await somebody_waits(watcher)
        second_waits.set()
        assert {each.outcome for each in await first} == {Outcome.CREATED}
        assert {each.outcome for each in await second} == {Outcome.NOT_NEWER}
    assert await pool.fetchval("select count(*) from contact") == 2


async def test_contacts_are_locked_in_the_order_of_their_ids(pool: Pool, database_url: str) -> None:
    await merge.apply(pool, [delivery(ANNA), delivery(BO), delivery(CARL)], IMPORT, now=NOW)
    async with open_connection(database_url) as one, open_connection(database_url) as other:
        async with one.transaction(), one.transaction():
            await loading.lock(one, [2])
            waiting = asyncio.create_task(_locked(other, [3, 1, 2]))
            await somebody_waits(pool)
            assert await _is_locked(pool, 1)
            assert not await _is_locked(pool, 3)
        await waiting


async def somebody_waits(watcher: "Connection | Pool") -> None:
    """Returns when a transaction waits for another one."""
    while not await watcher.fetchval("select exists (select from pg_locks where not granted)"):
        pass


async def _locked(connection: Connection, ids: list[int]) -> None:
    async with connection.transaction():
        await loading.lock(connection, ids)


async def _is_locked(pool: Pool, contact_id: int) -> bool:
    found = await pool.fetch(
        "select from contact where contact_id = $1 for no key update skip locked", contact_id
    )
    return not found


async def test_a_deadlock_is_rolled_back_and_done_again(pool: Pool, database_url: str) -> None:
    """A callback that locks against the order makes one; the victim starts over and both finish."""
    await merge.apply(pool, [delivery(ANNA), delivery(BO)], IMPORT, now=NOW)
    meeting = asyncio.Barrier(2)
    attempts = []

    def crossing(other: int) -> Any:
        async def also(connection: Connection, _: Sequence[Result]) -> None:
            attempts.append(other)
            if len(attempts) <= 2:
                await meeting.wait()
            await connection.fetch("select from contact where contact_id = $1 for no key update", other)

        return also

    await asyncio.gather(
        merge.apply(pool, [delivery(ANNA, 2, fields={"name1": "A"})], IMPORT, now=NOW, also=crossing(2)),
        merge.apply(pool, [delivery(BO, 2, fields={"name1": "B"})], IMPORT, now=NOW, also=crossing(1)),
    )
    assert len(attempts) == 3
    assert [tuple(row) for row in await pool.fetch("select name1, version from contact order by contact_id")] == [
        ("A", 2), ("B", 2)
    ]  # fmt: skip


async def test_a_chunk_that_never_gets_through_is_given_up_and_says_so(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "ATTEMPTS", 2)
    calls = []

    async def also(*_: Any) -> None:
        calls.append(1)
        raise asyncpg.DeadlockDetectedError(f"Process 1 waits; {ANNA}")

    with pytest.raises(merge.MergeContended) as caught:
        await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW, also=also)
    assert (len(calls), ANNA in str(caught.value)) == (2, False)
    assert await pool.fetchval("select count(*) from contact") == 0


async def test_a_connection_killed_in_the_middle_leaves_nothing_half_done(
    pool: Pool, database_url: str
) -> None:
    await merge.apply(pool, [delivery(ANNA), delivery(BO)], IMPORT, now=NOW)
    before = await rows(pool)
    chunk = [
        delivery(ANNA, 2, addresses={"HA": home("Nygade 2")}, references=(to(Role.SPOUSE, CARL),)),
        delivery(BO, 2, former_numbers=(ANNA,)),
    ]

    async def die(connection: Connection, _: Sequence[Result]) -> None:
        pid = connection.get_server_pid()
        await pool.execute("select pg_terminate_backend($1)", pid)
        await connection.execute("select 1")

    async with open_connection(database_url) as victim:
        with pytest.raises((merge.MergeFailed, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await merge.apply(victim, chunk, IMPORT, now=NOW, also=die)
    assert await rows(pool) == before
    results = await merge.apply(pool, chunk, IMPORT, now=NOW)
    assert {each.outcome for each in results} <= {Outcome.UPDATED, Outcome.NOT_NEWER}
