"""What a service may rely on, whichever adapter carries its events."""

import asyncio
import dataclasses
import datetime as dt

import pytest
from registerbro.bus import dead_letters, outbox
from registerbro.bus.port import Park, Retry
from registerbro.bus.relay import relaying
from registerbro.database import Connection, Pool
from registerbro.events import CaseClosed, ContactImported, Event, FeatureChanged

from tests.support.bus import (
    DELAYS,
    Transport,
    consumer,
    deliver,
    effects,
    has_effects,
    leave_effect,
    leaves_effect,
    some_event,
    some_events,
)
from tests.support.waiting import until


async def send(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)


async def open_dead_letters(pool: Pool) -> list[dead_letters.DeadLetter]:
    async with pool.acquire() as connection:
        return await dead_letters.find(connection)


async def test_an_event_reaches_each_consumer_that_wants_it_and_no_other(
    transport: Transport, store: Pool
) -> None:
    contacts = consumer(leaves_effect())
    everything = consumer(leaves_effect("test.all"), name="test.all", patterns=("#",))
    features = consumer(leaves_effect("test.features"), name="test.features", patterns=("feature.#",))
    imported, switched = Event(ContactImported(1, 1, "CPR")), Event(FeatureChanged("CPR", is_enabled=True))
    async with transport.running(store, contacts, everything, features):
        await send(store, imported, switched)
        await until(has_effects(store, imported, switched, name="test.all"))
        await until(has_effects(store, imported))
        await until(has_effects(store, switched, name="test.features"))
    assert await effects(store) == [imported.id]
    assert await effects(store, "test.features") == [switched.id]


async def test_an_event_delivered_again_has_no_second_effect(transport: Transport, store: Pool) -> None:
    event, last = some_event(), some_event()
    async with transport.running(store, consumer(leaves_effect(), prefetch=1)) as bus:
        await deliver(bus, store, event.to_cloudevent_json())
        await until(has_effects(store, event))
        await deliver(bus, store, event.to_cloudevent_json())
        await deliver(bus, store, last.to_cloudevent_json())
        await until(has_effects(store, last))
    assert sorted(await effects(store)) == sorted([event.id, last.id])


async def test_deliveries_of_one_event_at_the_same_time_have_one_effect(
    transport: Transport, store: Pool
) -> None:
    """Two replicas have it in hand at once: the second waits for the first one's transaction, and finds it done."""
    event, last = some_event(), some_event()
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(event: Event, connection: Connection) -> None:
        await leave_effect(connection, event)
        started.set()
        await finish.wait()

    async with transport.running(store, consumer(slow)) as first, transport.running(store, consumer(slow)):
        await deliver(first, store, event.to_cloudevent_json())
        await asyncio.wait_for(started.wait(), 20)
        await deliver(first, store, event.to_cloudevent_json())
        await deliver(first, store, last.to_cloudevent_json())
        finish.set()
        await until(has_effects(store, event, last))
    assert sorted(await effects(store)) == sorted([event.id, last.id])


@pytest.mark.parametrize("failure", [Retry(None, "busy"), Retry(DELAYS[0], "busy"), ValueError("0101601234")])
async def test_a_failed_attempt_is_tried_again(transport: Transport, store: Pool, failure: Exception) -> None:
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await leave_effect(connection, event)
        if attempts < 3:
            raise failure

    event = some_event()
    async with transport.running(store, consumer(handler)):
        await send(store, event)
        await until(has_effects(store, event))
    assert attempts == 3
    assert await effects(store) == [event.id], "what the failed attempts wrote must be gone"
    assert await open_dead_letters(store) == []


async def test_an_event_that_fails_always_becomes_a_dead_letter(transport: Transport, store: Pool) -> None:
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise RuntimeError("the person 0101601234 is strange")

    event = some_event()
    async with transport.running(store, consumer(handler)):
        await send(store, event)
        await until(lambda: open_dead_letters(store))
    (letter,) = await open_dead_letters(store)
    assert attempts == letter.attempts == len(DELAYS) + 1
    assert (letter.consumer, letter.event_id, letter.type) == ("test.contacts", event.id, event.type)
    assert letter.body == event.to_cloudevent_json().encode()
    assert letter.routing_key == "contact.updated"
    assert "builtins.RuntimeError" in letter.reason
    assert "0101601234" not in letter.reason


async def test_a_parked_event_is_not_tried_again(transport: Transport, store: Pool) -> None:
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await leave_effect(connection, event)
        raise Park("no such contact")

    async with transport.running(store, consumer(handler)):
        await send(store, some_event())
        await until(lambda: open_dead_letters(store))
    (letter,) = await open_dead_letters(store)
    assert (attempts, letter.attempts, letter.reason) == (1, 1, "no such contact")
    assert await effects(store) == []


async def test_poison_neither_blocks_nor_vanishes(transport: Transport, store: Pool) -> None:
    poison = ["no JSON", '{"specversion":"1.0"}', some_event().to_cloudevent_json().replace("v1", "v99")]
    healthy = some_events(5)
    async with transport.running(store, consumer(leaves_effect(), prefetch=1)) as bus:
        await deliver(bus, store, *poison, *(event.to_cloudevent_json() for event in healthy))
        await until(has_effects(store, *healthy))
    letters = await open_dead_letters(store)
    assert sorted(letter.body for letter in letters) == sorted(body.encode() for body in poison)
    assert {letter.reason.partition(":")[0] for letter in letters} == {"NotACloudEvent", "UnknownEventType"}


async def test_an_event_that_waits_for_its_retry_does_not_hold_up_later_ones(
    transport: Transport, store: Pool
) -> None:
    first, later = some_event(), some_events(5)
    handled: list[Event] = []

    async def handler(event: Event, connection: Connection) -> None:
        if event == first and not handled:
            raise Retry(DELAYS[-1], "not yet")
        await leave_effect(connection, event)
        handled.append(event)

    async with transport.running(store, consumer(handler, prefetch=1)):
        await send(store, first)
        await send(store, *later)
        await until(has_effects(store, first, *later))
    assert handled[0] != first


async def test_a_hidden_database_error_is_not_taken_for_success(transport: Transport, store: Pool) -> None:
    """After an error the transaction is lost, and COMMIT says nothing: the effect would be gone, the event done."""
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        await leave_effect(connection, event)
        if attempts == 1:
            with pytest.raises(Exception, match="division"):
                await connection.execute("select 1 / 0")

    event = some_event()
    async with transport.running(store, consumer(handler)):
        await send(store, event)
        await until(has_effects(store, event))
    assert attempts == 2


async def test_a_handler_that_takes_too_long_is_stopped_and_tried_again(
    transport: Transport, store: Pool
) -> None:
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await asyncio.Event().wait()
        await leave_effect(connection, event)

    impatient = dt.timedelta(milliseconds=100)
    event = some_event()
    async with transport.running(store, dataclasses.replace(consumer(handler), time_limit=impatient)):
        await send(store, event)
        await until(has_effects(store, event))
    assert attempts == 2


async def test_a_replayed_dead_letter_goes_to_its_own_consumer_alone(
    transport: Transport, store: Pool
) -> None:
    is_repaired = False

    async def broken(event: Event, connection: Connection) -> None:
        if not is_repaired:
            raise Park("not repaired")
        await leave_effect(connection, event)

    calls = 0

    async def other(event: Event, connection: Connection) -> None:
        nonlocal calls
        calls += 1
        await leave_effect(connection, event, "test.other")

    event = some_event()
    async with transport.running(store, consumer(broken), consumer(other, name="test.other")):
        await send(store, event)
        await until(lambda: open_dead_letters(store))
        await until(has_effects(store, event, name="test.other"))
        is_repaired = True
        async with store.acquire() as connection:
            (letter,) = await dead_letters.find(connection)
            await dead_letters.request_replay(connection, letter.dead_letter_id)
        await until(has_effects(store, event))

        async def is_replayed() -> bool:  # marked after the delivery, so it may come later than the effect
            return await open_dead_letters(store) == []

        await until(is_replayed)
    async with store.acquire() as connection:
        with pytest.raises(dead_letters.NotOpen):
            await dead_letters.request_replay(connection, letter.dead_letter_id)
    assert calls == 1


async def test_a_replayed_message_that_is_no_event_is_given_up_again(
    transport: Transport, store: Pool
) -> None:
    async with transport.running(store, consumer(leaves_effect())) as bus:
        await deliver(bus, store, "no JSON")
        await until(lambda: open_dead_letters(store))
        (letter,) = await open_dead_letters(store)
        async with store.acquire() as connection:
            await dead_letters.request_replay(connection, letter.dead_letter_id)

        async def is_back() -> bool:
            return [each.dead_letter_id for each in await open_dead_letters(store)] not in (
                [],
                [letter.dead_letter_id],
            )

        await until(is_back)
    (again,) = await open_dead_letters(store)
    assert again.body == letter.body


async def test_two_relays_and_two_consumers_share_the_work(transport: Transport, store: Pool) -> None:
    events = some_events(200)
    async with (
        transport.running(store, consumer(leaves_effect())) as first,
        transport.running(store, consumer(leaves_effect())),
        relaying(store, first, batch=7),
    ):
        for start in range(0, len(events), 20):
            await send(store, *events[start : start + 20])
        await until(has_effects(store, *events), seconds=60)
    assert sorted(await effects(store)) == sorted(event.id for event in events)


async def test_a_transaction_that_commits_late_is_not_skipped(transport: Transport, store: Pool) -> None:
    late, early = some_event(), some_event()
    async with transport.running(store, consumer(leaves_effect())):
        async with store.acquire() as connection, connection.transaction():
            await outbox.add(connection, [late])
            await send(store, early)
            await until(has_effects(store, early))
            assert await effects(store) == [early.id]
        await until(has_effects(store, late))


async def test_a_transaction_that_rolls_back_sends_nothing(transport: Transport, store: Pool) -> None:
    event = some_event()
    async with transport.running(store, consumer(leaves_effect())):
        with pytest.raises(RuntimeError):
            await _send_and_fail(store)
        await send(store, event)
        await until(has_effects(store, event))
    assert await effects(store) == [event.id]


async def test_an_event_nobody_listens_to_is_done_with_and_can_be_sent_again(
    transport: Transport, store: Pool
) -> None:
    event, since = Event(CaseClosed("2026-0001")), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)

    async def is_unrouted() -> bool:
        return bool(
            await store.fetchval("select bool_and(published_at is not null and is_unrouted) from outbox")
        )

    async with transport.running(store, consumer(leaves_effect())):
        await send(store, event)
        await until(is_unrouted)
    late = consumer(leaves_effect("test.late"), name="test.late", patterns=("case.*",))
    async with transport.running(store, late):
        async with store.acquire() as connection:
            assert await outbox.resend_unrouted(connection, since, ["case.opened"]) == 0
            assert await outbox.resend_unrouted(connection, since, ["case.closed"]) == 1
        await until(has_effects(store, event, name="test.late"))


async def test_closing_finishes_what_is_in_hand(transport: Transport, store: Pool) -> None:
    started, finish = asyncio.Event(), asyncio.Event()
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        started.set()
        await finish.wait()
        await leave_effect(connection, event)

    event = some_event()
    running = transport.running(store, consumer(handler))
    await running.__aenter__()
    await send(store, event)
    await asyncio.wait_for(started.wait(), 20)
    closing = asyncio.create_task(running.__aexit__(None, None, None))
    await asyncio.wait({closing}, timeout=0.2)
    assert not closing.done()
    finish.set()
    await closing
    assert await effects(store) == [event.id]

    last = some_event()
    async with transport.running(store, consumer(handler)):
        await send(store, last)
        await until(has_effects(store, last))
    assert attempts == 2, "the first event was settled before the bus closed"


async def test_closing_leaves_what_takes_too_long_to_the_next_one(transport: Transport, store: Pool) -> None:
    started = asyncio.Event()

    async def endless(event: Event, connection: Connection) -> None:
        await leave_effect(connection, event)
        started.set()
        await asyncio.Event().wait()

    event = some_event()
    async with transport.running(store, consumer(endless), drain=dt.timedelta(milliseconds=100)):
        await send(store, event)
        await asyncio.wait_for(started.wait(), 20)
    assert await effects(store) == []
    async with transport.running(store, consumer(leaves_effect())):
        await until(has_effects(store, event))
    assert await effects(store) == [event.id]


async def test_an_event_older_than_the_inbox_remembers_is_parked(transport: Transport, store: Pool) -> None:
    """Nobody could tell any more whether it was handled; it is neither handled twice nor lost."""
    ancient = Event(some_event().data, time=dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    async with transport.running(store, consumer(leaves_effect())) as bus:
        await deliver(bus, store, ancient.to_cloudevent_json())
        await until(lambda: open_dead_letters(store))
    (letter,) = await open_dead_letters(store)
    assert letter.reason == "the event's day is outside of what the inbox remembers"
    assert await effects(store) == []


async def _send_and_fail(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [some_event()])
        raise RuntimeError
