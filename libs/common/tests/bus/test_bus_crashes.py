"""kill -9 at the worst moments: nothing is lost, and nothing has an effect twice."""

from registerbro.bus import dead_letters, metrics, outbox
from registerbro.bus.handling import Done
from registerbro.database import Pool
from registerbro.events import Event

from tests.support.bus import Transport, effects, has_effects, leaves_effect, some_event
from tests.support.bus_crashing import CRASH_LIMIT, crash_consumer, until_killed_at
from tests.support.waiting import until


async def send(pool: Pool) -> Event:
    event = some_event()
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event])
    return event


def duplicates(name: str) -> float:
    """Deliveries that the inbox knew, in this process."""
    return float(metrics.HANDLED.labels(name, Done.DUPLICATE.value)._value.get())


async def test_killed_between_the_handlers_commit_and_the_acknowledgement(
    transport: Transport, store: Pool, database_url: str
) -> None:
    event = await send(store)
    await until_killed_at("settle", transport, database_url)
    assert await effects(store) == [event.id], "the effect was committed before the process died"
    before = duplicates("test.contacts")

    async def came_again() -> bool:
        return duplicates("test.contacts") > before

    async with transport.running(store, crash_consumer(leaves_effect())):
        await until(came_again)
    assert await effects(store) == [event.id]


async def test_killed_in_the_midst_of_a_handler(transport: Transport, store: Pool, database_url: str) -> None:
    event = await send(store)
    await until_killed_at("handler", transport, database_url)
    assert await effects(store) == []
    async with transport.running(store, crash_consumer(leaves_effect())):
        await until(has_effects(store, event))
    assert await effects(store) == [event.id]


async def test_an_event_that_kills_its_consumer_each_time_becomes_a_dead_letter(
    transport: Transport, store: Pool, database_url: str
) -> None:
    event = await send(store)
    for _ in range(CRASH_LIMIT + 1):
        await until_killed_at("handler", transport, database_url)

    async def letters() -> list[dead_letters.DeadLetter]:
        async with store.acquire() as connection:
            return await dead_letters.find(connection)

    async with transport.running(store, crash_consumer(leaves_effect())):
        await until(letters)
    (letter,) = await letters()
    assert letter.event_id == event.id
    assert letter.reason.startswith("given up")
    assert await effects(store) == []


async def test_relay_killed_between_handing_over_and_marking(
    transport: Transport, store: Pool, database_url: str
) -> None:
    event = await send(store)
    await until_killed_at("mark", transport, database_url)
    assert await store.fetchval("select published_at from outbox") is None
    async with transport.running(store, crash_consumer(leaves_effect())):
        last = await send(store)
        await until(has_effects(store, event, last))

        async def is_marked() -> bool:
            return bool(await store.fetchval("select bool_and(published_at is not null) from outbox"))

        await until(is_marked)
    assert sorted(await effects(store)) == sorted([event.id, last.id])
