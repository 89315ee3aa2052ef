"""The service queue: one task a contact, nothing lost, nothing done for somebody else's synchronisation."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from registerbro import service_queue
from registerbro.contacts import erasing
from registerbro.database import Connection, Pool
from registerbro.service_queue import Task, TokenObsolete

from tests.support.histories import empty_store

NOW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)  # after whatever the store calls now
LEASE = dt.timedelta(minutes=5)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """A store with four companies, one of them known by number only."""
    await pool.execute(
        "insert into contact (name_type, name_code, is_placeholder)"
        " values ('J', '10000009', false), ('J', '10000017', false), ('V', '1000000009', false), ('J', '10000025', true)"
    )
    async with pool.acquire() as connection:
        yield connection


async def token_of(connection: Connection) -> uuid.UUID:
    token = await service_queue.renew_token(connection)
    assert token is not None
    return token


async def claim(connection: "Connection | Pool", *, now: dt.datetime = NOW, size: int = 10) -> list[Task]:
    return await service_queue.claim(connection, size=size, worker="test", lease=LEASE, now=now)


async def states(connection: Connection) -> dict[int, str]:
    return {row[0]: row[1] for row in await connection.fetch("select contact_id, state from service_queue")}


async def announced(connection: Connection) -> int:
    found: int = await connection.fetchval(
        "select count(*) from outbox where routing_key = 'cvr.update.queued'"
    )
    return found


def ids(tasks: Sequence[Task]) -> list[int]:
    return sorted(task.contact_id for task in tasks)


async def test_a_contact_has_one_task_and_one_event_however_often_it_is_queued(
    connection: Connection,
) -> None:
    token = await token_of(connection)
    assert await service_queue.enqueue(connection, [1, 2, 2, 4, 99], token=token) == 2
    assert await service_queue.enqueue(connection, [2], token=token) == 1
    assert (await states(connection), await announced(connection)) == ({1: "waiting", 2: "waiting"}, 2)


async def test_a_change_that_is_told_while_its_contact_is_updated_is_not_lost(connection: Connection) -> None:
    token = await token_of(connection)
    await service_queue.enqueue(connection, [1, 2], token=token)
    tasks = await claim(connection)
    await service_queue.enqueue(connection, [2], token=token)
    gone = await service_queue.done(connection, tasks)
    assert gone == {task.task_id for task in tasks if task.contact_id == 1}
    assert await states(connection) == {2: "waiting"}
    again = await claim(connection)
    assert ids(again) == [2]
    assert len(await service_queue.done(connection, again)) == 1
    assert await states(connection) == {}


async def test_the_task_of_a_worker_that_is_gone_is_claimed_again_and_no_longer_the_first_ones(
    connection: Connection,
) -> None:
    await service_queue.enqueue(connection, [1], token=await token_of(connection))
    lost = await claim(connection)
    assert await claim(connection) == []
    await service_queue.extend(connection, lost, NOW + 2 * LEASE)
    assert await claim(connection, now=NOW + LEASE) == []
    taken = await claim(connection, now=NOW + 2 * LEASE)
    assert ids(taken) == [1]
    assert await service_queue.done(connection, lost) == frozenset()
    await service_queue.failed(connection, lost[0], "late", NOW)
    assert not await service_queue.give_up(connection, lost[0], "late")
    assert await states(connection) == {1: "running"}
    assert len(await service_queue.done(connection, taken)) == 1


async def test_two_who_claim_at_once_share_the_tasks(pool: Pool, connection: Connection) -> None:
    await service_queue.enqueue(connection, [1, 2, 3], token=await token_of(connection))
    first, second = await asyncio.gather(claim(pool, size=2), claim(pool, size=2))
    assert ids([*first, *second]) == [1, 2, 3]


async def test_tasks_of_an_older_token_are_left_aside_and_removed(connection: Connection) -> None:
    old = await token_of(connection)
    await service_queue.enqueue(connection, [1, 2, 3], token=old)
    (running, *_) = await claim(connection, size=1)
    async with connection.transaction():
        new = await token_of(connection)
        await service_queue.enqueue(connection, [2], token=new)
    assert ids(await claim(connection)) == [2]
    assert await service_queue.remove_obsolete(connection, NOW) == 1
    assert await states(connection) == {running.contact_id: "running", 2: "running"}
    assert len(await service_queue.done(connection, [running])) == 1
    with pytest.raises(TokenObsolete):
        await service_queue.enqueue(connection, [3], token=old)
    assert 3 not in await states(connection)


async def test_what_is_queued_waits_for_a_change_of_token_and_is_then_refused(
    pool: Pool, connection: Connection
) -> None:
    old = await token_of(connection)
    async with pool.acquire() as other:
        async with connection.transaction():
            new = await token_of(connection)
            await service_queue.enqueue(connection, [1], token=new)
            late = asyncio.create_task(service_queue.enqueue(other, [2], token=old))
            sweep = asyncio.create_task(_sweep(pool))
            await asyncio.wait([late, sweep], timeout=0.2)
            assert not late.done()
            assert not sweep.done()
        with pytest.raises(TokenObsolete):
            await late
        assert await sweep == 0
    assert await states(connection) == {1: "waiting"}


async def _sweep(pool: Pool) -> int:
    async with pool.acquire() as connection:
        return await service_queue.remove_obsolete(connection, NOW)


async def test_updates_that_are_off_leave_nothing_that_could_be_claimed(connection: Connection) -> None:
    await service_queue.enqueue(connection, [1], token=await token_of(connection))
    await service_queue.renew_token(connection, off=True)
    assert await claim(connection) == []
    assert await service_queue.remove_obsolete(connection, NOW) == 1


async def test_a_failed_task_waits_is_given_up_and_wakes_again(connection: Connection) -> None:
    token = await token_of(connection)
    await service_queue.enqueue(connection, [1], token=token)
    (task,) = await claim(connection)
    await service_queue.failed(connection, task, "no answer", NOW + MINUTE)
    assert await claim(connection) == []
    (task,) = await claim(connection, now=NOW + MINUTE)
    assert task.attempts == 1
    await service_queue.failed(connection, task, "no answer", NOW, counts=False)
    (task,) = await claim(connection)
    assert task.attempts == 1
    assert await service_queue.give_up(connection, task, "no answer")
    assert await claim(connection, now=NOW + 10 * LEASE) == []
    assert (await service_queue.figures(connection, NOW)).given_up == 1
    assert await service_queue.retry(connection, [2], NOW) == []
    assert await service_queue.retry(connection, None, NOW) == [1]
    (task,) = await claim(connection)
    assert task.attempts == 0
    await service_queue.give_up(connection, task, "no answer")
    await service_queue.enqueue(connection, [1], token=token, due_at=NOW)
    (task,) = await claim(connection)
    assert (task.attempts, await announced(connection)) == (0, 3)


async def test_a_task_that_is_given_up_while_it_is_asked_for_again_waits(connection: Connection) -> None:
    token = await token_of(connection)
    await service_queue.enqueue(connection, [1], token=token)
    (task,) = await claim(connection)
    await service_queue.enqueue(connection, [1], token=token)
    assert not await service_queue.give_up(connection, task, "no answer")
    assert await states(connection) == {1: "waiting"}


async def test_tasks_that_are_given_back_are_due_as_they_were(connection: Connection) -> None:
    await service_queue.enqueue(connection, [1, 2], token=await token_of(connection))
    tasks = await claim(connection)
    await service_queue.release(connection, tasks[:1])
    await service_queue.release(connection, tasks[1:], NOW + MINUTE)
    assert ids(await claim(connection)) == [tasks[0].contact_id]


async def test_the_earliest_time_counts_and_a_later_day_is_kept_beside(connection: Connection) -> None:
    token, today = await token_of(connection), NOW.date()
    tomorrow = today + dt.timedelta(days=1)
    await service_queue.enqueue(connection, [1], token=token, due_at=NOW + MINUTE)
    assert await claim(connection) == []
    await service_queue.enqueue(connection, [1], token=token)
    await service_queue.remember(connection, [(1, tomorrow), (1, tomorrow), (2, today), (4, today)])
    assert len(await service_queue.done(connection, await claim(connection))) == 1
    assert await service_queue.promote(connection, today) == 1
    assert await states(connection) == {2: "waiting"}
    assert await service_queue.days_of(connection, 1) == [tomorrow]
    await service_queue.renew_token(connection, off=True)
    assert await service_queue.promote(connection, tomorrow) == 0
    await token_of(connection)
    assert await service_queue.promote(connection, tomorrow) == 1
    assert await service_queue.days_of(connection, 1) == []


@pytest.mark.parametrize("table", ["service_queue", "cvrupdate_due"])
async def test_who_queues_a_contact_that_is_just_erased_waits_for_that(
    pool: Pool, connection: Connection, table: str
) -> None:
    """Both lock the contact first; else each would wait for the other."""
    await service_queue.enqueue(connection, [1], token=await token_of(connection))
    (task,) = await claim(connection)
    await service_queue.failed(connection, task, "no answer", NOW + MINUTE)
    await service_queue.remember(connection, [(1, NOW.date())])
    async with pool.acquire() as other:
        async with connection.transaction():
            await connection.execute("select from contact where contact_id = 1 for update")
            queueing = asyncio.create_task(
                service_queue.promote(other, NOW.date())
                if table == "cvrupdate_due"
                else _count(service_queue.retry(other, None, NOW))
            )
            await asyncio.wait([queueing], timeout=0.2)
            assert not queueing.done()
            await connection.execute(f"delete from {table} where contact_id = 1")
        assert await queueing == 0


async def _count(contacts: Awaitable[list[int]]) -> int:
    return len(await contacts)


def test_what_names_a_contact_goes_when_it_is_erased() -> None:
    assert {"service_queue", "cvrupdate_due", "cvrupdate_import"} <= set(erasing.TABLES)


class Play:
    """Synchronisations, workers and their deaths on one queue, with what was asked for and what was read afterwards."""

    def __init__(self, connection: Connection, ids: Sequence[int], token: uuid.UUID) -> None:
        self.connection, self.ids, self.token, self.now = connection, ids, token, NOW
        self.ticks = 0
        self.asked: dict[int, int] = {}  # when somebody asked for a contact last
        self.read: dict[int, int] = {}  # when what was stored of a contact last had been read
        self.in_hand: list[tuple[Task, int]] = []

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks

    async def told(self, chosen: Sequence[int]) -> None:
        self.asked |= dict.fromkeys(chosen, self.tick())
        for contact_id in chosen:
            await service_queue.enqueue(self.connection, [contact_id], token=self.token)

    async def synchronised(self, _: Sequence[int]) -> None:
        self.token = await token_of(self.connection)
        self.asked |= dict.fromkeys(self.ids, self.tick())
        await service_queue.enqueue(self.connection, self.ids, token=self.token)

    async def claimed(self, chosen: Sequence[int]) -> None:
        tasks = await claim(self.connection, now=self.now, size=len(chosen))
        self.in_hand += [(task, self.tick()) for task in tasks]

    async def done(self, _: Sequence[int]) -> None:
        for task, read in self.in_hand:
            is_held = await self.connection.fetchval(
                "select leased_by = $2 from service_queue where task_id = $1", task.task_id, task.lease
            )
            await service_queue.done(self.connection, [task])
            if is_held:
                self.read[task.contact_id] = read
        self.in_hand = []

    async def failed(self, _: Sequence[int]) -> None:
        for task, _read in self.in_hand:
            await service_queue.failed(self.connection, task, "no answer", self.now)
        self.in_hand = []

    async def given_up(self, _: Sequence[int]) -> None:
        for task, _read in self.in_hand:
            if await service_queue.give_up(self.connection, task, "no answer"):
                self.asked.pop(task.contact_id, None)  # somebody else has to ask again
        self.in_hand = []

    async def died(self, _: Sequence[int]) -> None:
        self.in_hand, self.now = [], self.now + LEASE

    async def outlived(self, _: Sequence[int]) -> None:
        self.now += LEASE  # the tasks are in hand still, and others may take them

    async def swept(self, _: Sequence[int]) -> None:
        await service_queue.remove_obsolete(self.connection, self.now)


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "told",
                "told",
                "claimed",
                "done",
                "failed",
                "died",
                "outlived",
                "given_up",
                "synchronised",
                "swept",
            ]
        ),
        st.lists(st.integers(0, 1), min_size=1, max_size=2),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTIONS)
@example([("told", [0]), ("claimed", [0]), ("told", [0]), ("done", [0])])
@example([("told", [0]), ("claimed", [0]), ("outlived", [0]), ("told", [0]), ("claimed", [0]), ("done", [0])])
@example([("told", [0]), ("claimed", [0]), ("synchronised", [0]), ("swept", [0]), ("done", [0])])
async def test_whatever_happens_each_change_is_followed_by_an_update_that_read_after_it(
    pool: Pool, actions: list[tuple[str, list[int]]]
) -> None:
    async with empty_store(pool) as connection:
        ids = [
            await connection.fetchval(
                "insert into contact (name_type, name_code) values ('J', $1) returning contact_id",
                str(number),
            )
            for number in range(2)
        ]
        play = Play(connection, ids, await token_of(connection))
        for action, places in actions:
            await getattr(play, action)([ids[place] for place in places])
            assert await connection.fetchval("select count(*) <= 2 from service_queue")
        await play.died([])
        await play.claimed(ids)
        await play.done([])
        assert [each for each, at in play.asked.items() if play.read.get(each, 0) <= at] == []
