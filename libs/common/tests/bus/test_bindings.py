"""Bindings of the in-process bus: services of one store share its events, and miss none of them while they are away."""

import asyncio

import pytest
from registerbro.bus import outbox
from registerbro.bus.bindings import NotBound, bind, bindings, bindings_with_backlog, forget_binding
from registerbro.bus.in_process import InProcessBus
from registerbro.bus.port import Passage
from registerbro.bus.relay import relay_once, relaying
from registerbro.database import Pool
from registerbro.events import CaseClosed, Event

from tests.support.bus import (
    QUICK,
    Transport,
    consumer,
    deliver,
    effects,
    has_effects,
    leaves_effect,
    some_event,
    some_events,
)
from tests.support.waiting import until

HERE = consumer(leaves_effect("test.here"), name="test.here", patterns=("contact.#",))
THERE = consumer(leaves_effect("test.there"), name="test.there", patterns=("contact.updated", "case.*"))


async def send(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)


async def bound(pool: Pool) -> dict[str, tuple[str, ...]]:
    async with pool.acquire() as connection:
        return {each.consumer: each.patterns for each in await bindings(connection)}


async def waiting(pool: Pool) -> dict[str, int]:
    async with pool.acquire() as connection:
        return {each.binding.consumer: each.waiting for each in await bindings_with_backlog(connection)}


async def test_two_services_on_one_store_get_what_either_relays_exactly_once(
    transport: Transport, store: Pool
) -> None:
    events = some_events(100)
    async with transport.running(store, HERE), transport.running(store, THERE):
        for start in range(0, len(events), 10):
            await send(store, *events[start : start + 10])
        await until(has_effects(store, *events, name="test.here"), seconds=60)
        await until(has_effects(store, *events, name="test.there"), seconds=60)
    expected = sorted(event.id for event in events)
    assert sorted(await effects(store, "test.here")) == expected
    assert sorted(await effects(store, "test.there")) == expected


@pytest.mark.parametrize("relays", ["first", "second"])
async def test_whichever_bus_forwards_reaches_the_other_ones_consumers(
    transport: Transport, store: Pool, relays: str
) -> None:
    event = some_event()
    async with transport.bus(store, HERE) as first, transport.bus(store, THERE) as second:
        await until(lambda: _are_healthy(first, second))
        await deliver(first if relays == "first" else second, store, event.to_cloudevent_json())
        await until(has_effects(store, event, name="test.here"))
        await until(has_effects(store, event, name="test.there"))


async def _are_healthy(*buses: object) -> bool:
    return all([(await bus.check()).is_healthy for bus in buses])  # type: ignore[attr-defined]


async def test_a_service_that_was_away_finds_what_came_meanwhile(transport: Transport, store: Pool) -> None:
    missed = some_events(20)
    async with transport.running(store, THERE):
        pass
    async with transport.running(store, HERE):
        await send(store, *missed)
        await until(has_effects(store, *missed, name="test.here"))
        assert await effects(store, "test.there") == []
    async with transport.running(store, THERE):
        await until(has_effects(store, *missed, name="test.there"))
    assert len(await effects(store, "test.there")) == len(missed)


async def test_what_only_a_service_that_is_away_wants_is_not_unrouted(
    transport: Transport, store: Pool
) -> None:
    event = Event(CaseClosed("2026-0001"))

    async def is_published() -> bool:
        return bool(await store.fetchval("select bool_and(published_at is not null) from outbox"))

    async with transport.running(store, THERE):
        pass
    async with transport.running(store, HERE):
        await send(store, event)
        await until(is_published)
    assert not await store.fetchval("select is_unrouted from outbox")


async def test_a_consumer_that_binds_later_is_seen_by_a_bus_that_runs(store: Pool) -> None:
    """Nothing is remembered between two batches: what is bound when an event is forwarded counts."""
    running = InProcessBus(store)
    await send(store, some_event())
    assert await relay_once(store, running) == [Passage.UNROUTED]
    async with store.acquire() as connection:
        await bind(connection, [HERE])
    await send(store, some_event())
    assert await relay_once(store, running) == [Passage.ROUTED]
    assert await waiting(store) == {"test.here": 1}


async def test_a_bus_leaves_other_consumers_deliveries_alone(store: Pool) -> None:
    event = some_event()
    async with store.acquire() as connection:
        await bind(connection, [THERE])
    async with InProcessBus(store, [HERE], poll=QUICK) as bus, relaying(store, bus, poll=QUICK):
        await send(store, event)
        await until(has_effects(store, event, name="test.here"))
    assert await waiting(store) == {"test.here": 0, "test.there": 1}


async def test_a_bus_binds_its_consumers_and_replaces_former_patterns(store: Pool) -> None:
    async with InProcessBus(store, [HERE, THERE]):
        assert await bound(store) == {"test.here": HERE.patterns, "test.there": THERE.patterns}
    changed = consumer(leaves_effect("test.here"), name="test.here", patterns=("case.*",))
    async with InProcessBus(store, [changed]):
        assert await bound(store) == {"test.here": ("case.*",), "test.there": THERE.patterns}


async def test_services_that_bind_at_the_same_time_do_not_lock_each_other_out(store: Pool) -> None:
    consumers = [consumer(leaves_effect(), name=f"test.c{ordinal}") for ordinal in range(20)]

    async def start(order: int) -> None:
        async with store.acquire() as connection:
            await bind(connection, consumers[::order])

    await asyncio.wait_for(asyncio.gather(*(start(order) for order in (1, -1) * 4)), 30)
    assert len(await bound(store)) == 20


async def test_a_consumer_that_is_gone_is_forgotten_with_what_waits_for_it(store: Pool) -> None:
    bus = InProcessBus(store)
    async with store.acquire() as connection:
        await bind(connection, [HERE, THERE])
    await send(store, *some_events(3))
    await relay_once(store, bus)
    async with store.acquire() as connection:
        assert await forget_binding(connection, "test.there") == 3
        with pytest.raises(NotBound):
            await forget_binding(connection, "test.there")
    await send(store, some_event())
    await relay_once(store, bus)
    assert await waiting(store) == {"test.here": 4}
    assert await store.fetchval("select count(*) from delivery where consumer = 'test.there'") == 0


async def test_forgetting_waits_for_a_relay_that_counts_on_the_binding(store: Pool) -> None:
    """Else its deliveries would stay behind, and nobody would ever take them."""
    async with store.acquire() as connection:
        await bind(connection, [THERE])

    async def forget() -> int:
        async with store.acquire() as connection:
            return await forget_binding(connection, "test.there")

    async def is_waiting() -> bool:
        return bool(await store.fetchval("select exists (select from pg_locks where not granted)"))

    event = some_event()
    async with store.acquire() as relay, relay.transaction():
        assert await bindings(relay)
        forgetting = asyncio.create_task(forget())
        await until(is_waiting)
        await relay.execute(
            "insert into delivery (consumer, event_id, event_day, routing_key, body) values ($1, $2, $3, 'x', '')",
            "test.there", event.id, event.day,
        )  # fmt: skip
    assert await forgetting == 1
    assert await store.fetchval("select count(*) from delivery") == 0


async def test_a_consumer_whose_binding_was_forgotten_is_told(store: Pool) -> None:
    async with InProcessBus(store, [HERE]) as bus:
        assert (await bus.check()).is_healthy
        async with store.acquire() as connection:
            await forget_binding(connection, "test.here")
        assert (await bus.check()).problems == ("test.here is not bound",)


async def test_a_store_that_is_away_is_no_healthy_bus(store: Pool) -> None:
    async with InProcessBus(store, [HERE]) as bus:
        await store.execute("alter table delivery_binding rename to gone")
        assert (await bus.check()).problems == ("the store cannot be reached",)
        await store.execute("alter table gone rename to delivery_binding")
