"""Who is subscribed: switched on, switched off, contacts that come and go, failures."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from cvr_subscription import following, handlers
from cvr_subscription.checkpoint import Point
from cvr_subscription.subscriber import Mode
from cvr_subscription.subscriptions import UNKNOWN, State
from cvr_subscription.worker import Worker
from registerbro.bus import outbox
from registerbro.bus.in_process import InProcessBus
from registerbro.bus.relay import relaying
from registerbro.contacts import erasing
from registerbro.contacts.erasing import Order, Reason
from registerbro.database import Pool
from registerbro.events import ContactCreated, ContactImported, Event
from registerbro.number_hash import NumberHasher
from registerbro.registers import errors

from tests.support.cvr_provider import CvrProvider, object_id_of, unit
from tests.support.cvr_subscriber import (
    QUICK,
    World,
    add_contacts,
    numbers_of,
    open_subscriber,
    switch,
    worker_of,
)
from tests.support.services import AUDIT_KEY
from tests.support.waiting import until


async def replica(world: World, **changes: Any) -> Worker:
    """A replica that has just started, and does nothing by itself."""
    subscriber = open_subscriber(world.pool, world.provider, **changes)
    await following.adopt(world.pool, subscriber.identity)
    return Worker(subscriber)


async def settled(world: World, **changes: Any) -> Worker:
    """A replica that has done what there was to do."""
    worker = await replica(world, **changes)
    await worker.work()
    return worker


async def failures(world: World) -> dict[int, str]:
    rows = await world.pool.fetch(
        "select contact_id, failure from cvrupdate_subscription where failure is not null"
    )
    return {row["contact_id"]: row["failure"] for row in rows}


async def told(world: World) -> list[tuple[int, bool]]:
    """What was told of subscriptions, to whoever listens."""
    rows = await world.pool.fetch(
        """select (body::jsonb -> 'data' ->> 'contact_id')::bigint as contact_id,
                  (body::jsonb -> 'data' ->> 'is_subscribed')::boolean as is_subscribed
           from outbox where routing_key = 'cvr.subscription.changed' order by sequence"""
    )
    return [(row["contact_id"], row["is_subscribed"]) for row in rows]


async def erase(world: World, contact_id: int) -> None:
    order = Order("tests", None, Reason.ON_REQUEST)
    hasher, now = NumberHasher(AUDIT_KEY), dt.datetime.now(dt.UTC)
    async with world.pool.acquire() as connection:
        await erasing.erase_contact(connection, contact_id, None, order, hasher=hasher, now=now)


async def test_switched_on_everybody_is_subscribed_and_updated_once(world: World) -> None:
    worker = await settled(world)
    assert await world.states() == {"subscribed": 10}
    assert world.provider.subscribed == set(map(object_id_of, world.numbers))
    assert await world.queue() == set(world.contact_ids)
    assert sorted(await told(world)) == [(contact_id, True) for contact_id in world.contact_ids]
    assert await worker.work() == 0
    assert world.provider.calls["subscribe"] == 10


async def test_switched_off_everything_is_cancelled_and_what_waits_is_obsolete(world: World) -> None:
    worker = await settled(world)
    await switch(world.pool, update=False)
    await worker.work()
    assert await world.states() == {}
    assert world.provider.subscribed == set()
    assert await world.queue() == set()
    assert sorted(await told(world)) == sorted(
        (contact_id, state) for contact_id in world.contact_ids for state in (True, False)
    )


async def test_cancelling_goes_on_while_the_module_cvr_is_off_too(world: World) -> None:
    worker = await settled(world)
    await switch(world.pool, cvr=False, update=False)
    await worker.work()
    assert world.provider.subscribed == set()


async def test_while_only_the_module_cvr_is_off_everything_rests(world: World) -> None:
    worker = await settled(world)
    await switch(world.pool, cvr=False)
    await add_contacts(world.pool, numbers_of(12)[10:])
    before = world.provider.calls.copy()
    await worker.work()
    assert world.provider.calls == before
    assert await world.states() == {"subscribed": 10}


async def test_only_what_is_kept_up_to_date_is_subscribed(world: World) -> None:
    ceased, merged, placeholder, unnumbered = numbers_of(14)[10:]
    [ceased_id] = await add_contacts(world.pool, [ceased], end_date=dt.date(2020, 1, 1))
    await add_contacts(world.pool, [merged], merged_into=ceased_id)
    await add_contacts(world.pool, [placeholder], is_placeholder=True)
    await world.pool.execute("insert into contact (name_type, name1) values ('P', 'Ukendt')")
    world.provider.add(*map(unit, (ceased, merged, placeholder, unnumbered)))
    await settled(world)
    assert world.provider.subscribed == {object_id_of(number) for number in (*world.numbers, ceased)}


async def test_a_flip_under_way_ends_as_the_switch_stands(world: World) -> None:
    worker = await settled(world)
    await switch(world.pool, update=False)
    world.provider.fault = errors.TimedOut("no answer")
    await worker.work()
    assert await world.states() == {"ending": 10}
    world.provider.fault = None
    await switch(world.pool, update=True)
    worker.wake()
    await worker.work()
    assert await world.states() == {"subscribed": 10}
    assert world.provider.subscribed == set(map(object_id_of, world.numbers))
    assert await world.queue() == set(world.contact_ids)


async def test_a_wish_that_turns_while_the_provider_is_told_is_worked_on_again(world: World) -> None:
    worker = await replica(world)

    async def ends_meanwhile(object_id: str) -> None:
        await subscribe(object_id)
        await world.pool.execute("update cvrupdate_subscription set state = 'ending'")

    subscribe, world.provider.subscribe = world.provider.subscribe, ends_meanwhile  # type: ignore[method-assign]
    await worker._prepared()
    await worker._round(State.WANTED)
    assert await world.states() == {"ending": 10}
    assert await world.queue() == set()
    world.provider.subscribe = subscribe  # type: ignore[method-assign]
    await switch(world.pool, update=False)
    await worker.work()
    assert world.provider.subscribed == set()


async def test_a_number_that_the_register_does_not_know_is_shown_and_seldom_tried(world: World) -> None:
    [contact_id] = await add_contacts(world.pool, numbers_of(11)[10:])
    worker = await settled(world)
    assert await world.states() == {"subscribed": 10, "wanted": 1}
    assert await failures(world) == {contact_id: UNKNOWN}
    due_at = await world.pool.fetchval(
        "select due_at - failed_at from cvrupdate_subscription where failure is not null"
    )
    assert due_at > dt.timedelta(hours=23)
    world.provider.add(unit(numbers_of(11)[10]))
    async with world.pool.acquire() as connection:
        assert await worker.rows.try_again(connection, [contact_id], dt.datetime.now(dt.UTC)) == 1
    await worker.work()
    assert await failures(world) == {}
    assert await world.states() == {"subscribed": 11}


async def test_one_that_fails_does_not_spoil_the_others(world: World) -> None:
    world.provider.faults = {
        world.numbers[3]: errors.FieldUnusable("navn", "is missing"),
        object_id_of(world.numbers[4]): errors.Refused("no", code="400", status=400),
    }
    worker = await settled(world)
    assert await world.states() == {"subscribed": 8, "wanted": 2}
    assert await failures(world) == {
        world.contact_ids[3]: "register-field-unusable",
        world.contact_ids[4]: "register-refused",
    }
    world.provider.faults = {}
    await world.pool.execute("update cvrupdate_subscription set due_at = now()")
    await worker.work()
    assert await world.states() == {"subscribed": 10}


async def test_a_provider_that_lets_nobody_in_is_left_alone_for_a_while(world: World) -> None:
    worker = await settled(world)
    [contact_id] = await add_contacts(world.pool, numbers_of(11)[10:])
    world.provider.fault = errors.TokenRefused("Reason: invalid_client.", code="invalid_client")
    await switch(world.pool, update=False)
    await switch(world.pool, update=True)
    await worker.work()
    assert await world.states() == {"subscribed": 10}
    await worker._compare(Mode.FOLLOWS)
    await worker.work()
    assert str(worker.obstacle) == "Reason: invalid_client."
    assert await failures(world) == {contact_id: "register-token-refused"}
    calls = world.provider.calls.total()
    assert await worker.work() == 0
    assert world.provider.calls.total() == calls


async def test_a_unit_is_subscribed_for_a_new_contact_only_when_it_was_cancelled_for_the_old_one(
    world: World,
) -> None:
    """Else cancelling for the one would end what the other subscribed."""
    worker = await settled(world)
    number, gone = world.numbers[0], world.contact_ids[0]
    await world.clear_queue()
    await erase(world, gone)
    [new] = await add_contacts(world.pool, [number])
    world.provider.faults = {object_id_of(number): errors.TimedOut("no answer")}
    await worker._compare(Mode.FOLLOWS)
    await worker.work()
    assert await failures(world) == {gone: "register-timed-out", new: "unit-subscribed-otherwise"}
    world.provider.faults = {}
    await world.pool.execute("update cvrupdate_subscription set due_at = now()")
    worker.wake()
    await until(lambda: _worked_off(worker, world))
    assert object_id_of(number) in world.provider.subscribed
    assert await world.queue() == {new}


async def _worked_off(worker: Worker, world: World) -> bool:
    await worker.work()
    return await world.states() == {"subscribed": 10}


async def test_with_another_configuration_everything_is_looked_up_and_subscribed_anew(world: World) -> None:
    await settled(world)
    await world.clear_queue()
    former, other = world.provider, CvrProvider()
    other.add(*(unit(number, object_id=f"other {number}") for number in world.numbers))
    there = World(world.pool, other, world.numbers, world.contact_ids)
    await settled(there, identity="memory two")
    assert other.subscribed == {f"other {number}" for number in world.numbers}
    assert await world.queue() == set(world.contact_ids)
    rows = await world.pool.fetch(
        "select provider, state, count(*) from cvrupdate_subscription group by 1, 2 order by 1"
    )
    assert [tuple(row) for row in rows] == [
        ("memory one", "subscribed", 10),
        ("memory two", "subscribed", 10),
    ]
    await erase(world, world.contact_ids[0])
    await settled(world)
    assert await world.queue() == set(world.contact_ids[1:]), "back again"
    assert former.subscribed >= {object_id_of(number) for number in world.numbers[1:]}
    assert len(await failures(world)) == 0


async def test_a_process_with_a_configuration_of_former_times_rests(world: World) -> None:
    worker = await replica(world)
    await following.adopt(world.pool, "another")
    assert await worker.work() == 0
    assert "restart" in str(worker.obstacle)
    assert world.provider.calls.total() == 0


async def test_a_provider_is_taken_into_use_once_its_settings_are_complete(world: World) -> None:
    await following.adopt(world.pool, "another")
    world.provider.fault = errors.NotConfigured(("the password: is missing",))
    subscriber = open_subscriber(world.pool, world.provider)
    async with Worker.open(subscriber) as worker:

        async def rests() -> bool:
            return worker.obstacle is not None

        async def is_settled() -> bool:
            return await world.states() == {"subscribed": 10}

        await until(rests)
        assert (await following.read(world.pool)).provider == "another"
        world.provider.fault = None  # an operator has told the password
        await until(is_settled)
    assert (await following.read(world.pool)).provider == subscriber.identity


async def test_contacts_that_come_and_go_are_followed_at_once(world: World) -> None:
    subscriber = open_subscriber(world.pool, world.provider)
    async with worker_of(subscriber) as worker:
        consumers = [handlers.contacts(worker.rows), handlers.switches()]
        async with (
            InProcessBus(world.pool, consumers, drain=dt.timedelta(seconds=5)) as bus,
            relaying(world.pool, bus),
        ):
            await until(lambda: _has(world, {"subscribed": 10}))
            await _comes(world)
            await erase(world, world.contact_ids[0])
            await until(lambda: _has(world, {"subscribed": 10}), seconds=5)
            assert object_id_of(world.numbers[0]) not in world.provider.subscribed
            await switch(world.pool, update=False)
            await until(lambda: _has(world, {}))
    assert world.provider.subscribed == set()


async def test_persons_that_are_imported_by_the_million_cost_nothing(world: World) -> None:
    worker = await replica(world)
    imported = handlers.contacts(worker.rows).handler
    async with world.pool.acquire() as connection:
        asked: list[str] = []
        with connection.query_logger(lambda query: asked.append(query.query)):
            await imported(Event(ContactImported(world.contact_ids[0], 1, "CPR")), connection)
            assert asked == []
        async with connection.transaction():
            await imported(Event(ContactImported(world.contact_ids[0], 1, "CVR-J")), connection)
    assert await world.states() == {"wanted": 1}


async def _comes(world: World) -> None:
    number = numbers_of(11)[10]
    world.provider.add(unit(number))
    await send_created(world.pool, await add_contacts(world.pool, [number]))
    await until(lambda: _has(world, {"subscribed": 11}), seconds=5)
    assert object_id_of(number) in world.provider.subscribed


async def _has(world: World, states: dict[str, int]) -> bool:
    return await world.states() == states


async def send_created(pool: Pool, contact_ids: list[int]) -> None:
    async with pool.acquire() as connection:
        await outbox.add(connection, [Event(ContactCreated(each, 1)) for each in contact_ids])


async def test_a_provider_too_slow_for_many_at_a_time_is_asked_for_fewer(world: World) -> None:
    moment, calls = dt.datetime.now(dt.UTC), 0

    def claimed(point: Point) -> None:
        nonlocal calls
        calls = 0 if point is Point.CLAIMED else calls

    async def slow(object_id: str) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            await asyncio.Event().wait()
        await subscribe(object_id)

    subscribe, world.provider.subscribe = world.provider.subscribe, slow  # type: ignore[method-assign]
    settings = QUICK.model_copy(update={"lease_seconds": 1.0, "at_once": 1})
    worker = await replica(world, now=lambda: moment, checkpoint=claimed, subscribing=settings)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await worker.work()
        moment += dt.timedelta(minutes=1)
    await worker.work()
    assert await world.states() == {"subscribed": 10}


async def test_a_unit_that_is_no_longer_known_by_its_id_is_looked_up_anew(world: World) -> None:
    worker = await replica(world)
    await worker._prepared()
    await world.pool.execute(
        "update cvrupdate_subscription set object_id = 'former' where contact_id = $1", world.contact_ids[0]
    )
    world.provider.faults = {"former": errors.Refused("no such unit", code="404", status=404)}
    await worker.work()
    await world.pool.execute("update cvrupdate_subscription set due_at = now()")
    await worker.work()
    assert world.provider.subscribed == set(map(object_id_of, world.numbers))
    assert await world.states() == {"subscribed": 10}
