"""Events become one update for each contact that they concern, whatever order, number or repetition they come in."""

import contextlib
import datetime as dt
from typing import Any

import pytest
from cvr_subscription import drift, following, synchronising
from cvr_subscription.errors import NotFollowing, SynchronisationUnderWay
from cvr_subscription.locks import alone
from cvr_subscription.pacing import Pace
from cvr_subscription.settings import PaceSettings
from cvr_subscription.synchronising import Kind, Outcome, Reason, Synchronisation
from cvr_subscription.worker import Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro import sources
from registerbro.contacts import units as storing
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.number_hash import NumberHasher
from registerbro.registers import errors
from registerbro.sources import CvrSource

from tests.support.cvr_provider import object_id_of, unit
from tests.support.cvr_subscriber import World, open_subscriber, switch
from tests.support.services import AUDIT_KEY

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


async def followed(world: World, **changes: Any) -> None:
    """Everybody is subscribed, and nothing waits."""
    subscriber = open_subscriber(world.pool, world.provider, **changes)
    await following.adopt(world.pool, subscriber.identity)
    await Worker(subscriber).work()
    await world.clear_queue()


async def synchronised(world: World, *, full: bool = False, **changes: Any) -> Synchronisation:
    subscriber = open_subscriber(world.pool, world.provider, **changes)
    return await synchronising.synchronise(subscriber, reason=Reason.SCHEDULED, full=full)


async def test_a_change_queues_its_contact_once_and_moves_the_position(world: World) -> None:
    await followed(world)
    first, second = world.provider.happen(object_id_of(world.numbers[0])), world.provider.happen("4999999999")
    for about in ("Branche", "CVR_Adressering", "Navn"):
        world.provider.happen(object_id_of(world.numbers[0]), about=about)
    made = await synchronised(world)
    assert (made.kind, made.outcome, made.queued, made.events) == (Kind.INCREMENTAL, Outcome.DONE, 1, 4)
    assert await world.queue() == {world.contact_ids[0]}
    stored = await following.read(world.pool)
    assert stored.position == "memory:5"
    assert stored.events_synchronised_at is not None
    assert stored.events_synchronised_at > first.at >= second.at - HOUR
    await world.clear_queue()
    assert (await synchronised(world)).queued == 0


async def test_a_feed_of_everybodys_events_is_selected_here(world: World) -> None:
    world.provider.selects = False
    await followed(world)
    for place in range(300):
        world.provider.happen(str(4_800_000_000 + place))
    world.provider.happen(object_id_of(world.numbers[7]), action="d")
    made = await synchronised(world)
    assert (made.pages, made.queued) == (4, 1)
    assert await world.queue() == {world.contact_ids[7]}


async def test_what_takes_effect_on_a_later_day_waits_for_it_and_takes_no_others_place(world: World) -> None:
    await followed(world)
    object_id = object_id_of(world.numbers[0])
    days = [dt.date(2026, 3, 2), dt.date(2026, 3, 9)]
    for day in (*days, dt.date(2026, 3, 1)):
        world.provider.happen(object_id, effective_on=day, at=NOW - HOUR)
    made = await synchronised(world, now=lambda: NOW)
    assert (made.queued, made.postponed) == (1, 2)
    rows = await world.pool.fetch(
        "select due_on from cvrupdate_due where contact_id = $1", world.contact_ids[0]
    )
    assert sorted(row["due_on"] for row in rows) == days


@pytest.mark.parametrize("lost", [errors.FeedGap, errors.PositionUnusable])
async def test_where_events_were_missed_everybody_is_updated_with_a_new_token(
    world: World, lost: type
) -> None:
    await followed(world)
    before = await following.read(world.pool)
    if lost is errors.FeedGap:
        world.provider.happen("4999999999")
        world.provider.kept_from = 1
    else:
        await world.pool.execute("update cvrupdate_setting set position = 'another provider''s'")
    made = await synchronised(world)
    after = await following.read(world.pool)
    assert (made.kind, made.queued) == (Kind.FULL, 10)
    assert made.reason is (Reason.GAP if lost is errors.FeedGap else Reason.POSITION_UNUSABLE)
    assert await world.queue() == set(world.contact_ids)
    assert after.token != before.token
    assert after.position == f"memory:{len(world.provider.events)}"


async def test_a_failure_leaves_the_position_where_it_was(world: World) -> None:
    await followed(world)
    world.provider.page_size = 1
    for number in world.numbers[:3]:
        world.provider.happen(object_id_of(number))
    world.provider.pause = _fails_at_the_second_page()
    with pytest.raises(errors.TimedOut):
        await synchronised(world)
    assert (await following.read(world.pool)).position == "memory:1"
    [made, *_] = await synchronising.latest(world.pool, 5)
    assert (made.outcome, made.failure, made.pages) == (Outcome.FAILED, "register-timed-out", 1)
    world.provider.pause = None
    await synchronised(world)
    assert await world.queue() == set(world.contact_ids[:3])


async def test_once_a_day_the_latest_two_days_are_read_again(world: World) -> None:
    times = [NOW - 50 * HOUR, NOW - 47 * HOUR]
    for number, at in zip(world.numbers, times, strict=False):
        world.provider.happen(object_id_of(number), at=at)
    await followed(world, now=lambda: NOW - 25 * HOUR)
    await world.pool.execute("update cvrupdate_setting set position = 'memory:2'")
    await synchronised(world, now=lambda: NOW)
    assert await world.queue() == {world.contact_ids[1]}, "it became visible after its place was passed"
    await world.clear_queue()
    await synchronised(world, now=lambda: NOW + HOUR)
    assert await world.queue() == set()


async def test_a_storm_becomes_due_little_by_little(world: World) -> None:
    await followed(world)
    for number in world.numbers * 3:
        world.provider.happen(object_id_of(number), about="Branche")
    await synchronised(world, pace=PaceSettings(at_once=3, per_minute=5))
    rows = await world.pool.fetch(
        """select round(extract(epoch from due_at - min(due_at) over ()) / 60)::int as minute, count(*)
           from (select due_at from service_queue) as task group by due_at order by 1"""
    )
    assert [tuple(row) for row in rows] == [(0, 3), (1, 5), (2, 2)]


async def test_no_two_synchronise_at_once_and_none_while_changes_are_not_followed(world: World) -> None:
    await followed(world)
    async with alone(world.pool, synchronising.LOCK, SynchronisationUnderWay):
        assert await synchronising.is_under_way(world.pool)
        with pytest.raises(SynchronisationUnderWay):
            await synchronised(world)
    await switch(world.pool, cvr=False)
    with pytest.raises(NotFollowing):
        await synchronised(world)
    assert not await synchronising.is_under_way(world.pool)


async def test_switched_off_while_it_reads_it_queues_nothing_more(world: World) -> None:
    await followed(world)
    world.provider.happen(object_id_of(world.numbers[0]))
    subscriber = open_subscriber(world.pool, world.provider)
    before = await following.read(world.pool)
    assert before.position is not None
    run = synchronising._Run(subscriber, 0, Pace(subscriber.settings.pace, NOW))
    await world.pool.execute("update cvrupdate_setting set position = 'memory:0 of somebody else'")
    with pytest.raises(synchronising._Superseded):
        await synchronising._read(run, before.position, moves=True)
    await following.stop(world.pool)
    with pytest.raises(synchronising._Superseded):
        await synchronising._read(run, before.position, moves=True)
    assert await world.queue() == set()


def _fails_at_the_second_page() -> Any:
    calls = iter(range(1000))

    @contextlib.asynccontextmanager
    async def pause(kind: str) -> Any:
        if kind == "pages" and next(calls) == 1:
            raise errors.TimedOut("no answer")
        yield

    return pause


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    happened=st.lists(st.tuples(st.integers(0, 11), st.integers(-60, 0)), max_size=12),
    cuts=st.lists(st.integers(0, 24), max_size=4),
    rewinds=st.lists(st.integers(0, 24), max_size=3),
    page_size=st.integers(1, 6),
)
async def test_however_events_arrive_the_same_contacts_are_queued_once(
    world: World,
    happened: list[tuple[int, int]],
    cuts: list[int],
    rewinds: list[int],
    page_size: int,
) -> None:
    """Doubled, in any order, in portions, and read again after rewinds; two of the units are nobody's here."""
    await world.pool.execute("delete from service_queue")
    await followed(world)
    world.provider.page_size, world.provider.events = page_size, []
    await world.pool.execute("update cvrupdate_setting set position = 'memory:0'")
    ids = [*map(object_id_of, world.numbers), "4999999998", "4999999999"]
    told = [(ids[place], NOW + minutes * dt.timedelta(minutes=1)) for place, minutes in happened * 2]
    rewound = iter(rewinds)
    start = 0
    for end in (*sorted(cuts), len(told)):
        for object_id, at in told[start:end]:
            world.provider.happen(object_id, at=at)
        start = max(start, end)
        await synchronised(world)
        if (back := next(rewound, None)) is not None:
            place = min(back, len(world.provider.events))
            await world.pool.execute("update cvrupdate_setting set position = $1", f"memory:{place}")
    await synchronised(world)
    expected = {world.contact_ids[place] for place, _ in happened if place < len(world.contact_ids)}
    assert await world.queue() == expected
    assert await world.pool.fetchval("select count(*) from service_queue") == len(expected)


async def test_comparing_leaves_out_what_the_agreements_level_does_not_cover(world: World) -> None:
    await followed(world)
    number, contact_id = world.numbers[0], world.contact_ids[0]
    stored = unit(number)
    await storing.store(
        world.pool,
        [stored],
        storing.import_policy(CvrSource()),
        source=CvrSource(),
        fields=ALL_FIELDS,
        now=stored.asked_at,
        hasher=NumberHasher(AUDIT_KEY),
    )
    world.provider.units = {number: unit(number, phone="33330000")}
    async with world.pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse("Level:1"), by="tests")
    subscriber = open_subscriber(world.pool, world.provider)
    made = await drift.compare(subscriber, sample=None, is_queueing=True)
    assert (made.compared, made.differing) == (1, 0)
    async with world.pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse("Level:2"), by="tests")
        token = (await following.read(connection)).token
        await connection.execute(
            "insert into service_queue (contact_id, token, state) values ($1, $2, 'failed')",
            contact_id,
            token,
        )
    made = await drift.compare(subscriber, sample=None, is_queueing=False)
    assert (made.differing, made.missed) == (1, 1), "an update that was given up is not waiting"
