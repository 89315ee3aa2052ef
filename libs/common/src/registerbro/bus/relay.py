"""Moves events from the outbox to the bus. Any number of relays may run; each event leaves at least once.

A relay claims rows with ``SKIP LOCKED`` and marks them in the transaction that holds the claim, after the bus took them
over. It never remembers how far it got: a transaction that commits late still gets its events out.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence

import structlog

from registerbro.bus import dead_letters, metrics, outbox
from registerbro.bus.port import Bus, Outgoing, Passage
from registerbro.bus.statements import SQL
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import Wakeup, listening
from registerbro.database import Connection, Pool

log = structlog.get_logger()

BATCH = 500
POLL = dt.timedelta(seconds=2)
PAUSE_AFTER_FAILURE = dt.timedelta(seconds=1)
OBSERVE = dt.timedelta(seconds=5)
CHANNEL = "registerbro_outbox"


async def relay_once(pool: Pool, bus: Bus, *, batch: int = BATCH) -> Sequence[Passage]:
    """Moves the next events, in one transaction, and says what became of them; nothing when none waits."""
    async with pool.acquire() as connection, connection.transaction():
        events = [Outgoing(**row) async for row in SQL.claim(connection, batch=batch)]
        if not events:
            return ()
        passages = await bus.forward(connection, events)
        await _mark(connection, events, passages)
    _count(events, passages)
    return passages


async def _mark(connection: Connection, events: Sequence[Outgoing], passages: Sequence[Passage]) -> None:
    done = [
        (event, passage)
        for event, passage in zip(events, passages, strict=True)
        if passage is not Passage.FAILED
    ]
    await SQL.mark_published(
        connection,
        days=[event.event_day for event, _ in done],
        ids=[event.event_id for event, _ in done],
        unrouted=[passage is Passage.UNROUTED for _, passage in done],
    )


def _count(events: Sequence[Outgoing], passages: Sequence[Passage]) -> None:
    for event, passage in zip(events, passages, strict=True):
        if passage is not Passage.FAILED:
            metrics.PUBLISHED.labels(event.routing_key).inc()
        if passage is Passage.UNROUTED:
            metrics.UNROUTED.labels(event.routing_key).inc()


@contextlib.asynccontextmanager
async def relaying(
    pool: Pool,
    bus: Bus,
    *,
    batch: int = BATCH,
    poll: dt.timedelta = POLL,
    pause: dt.timedelta = PAUSE_AFTER_FAILURE,
    observe: dt.timedelta = OBSERVE,
) -> AsyncIterator[None]:
    """Relays events for as long as the block lasts; stops between two batches, or after ``pause`` at the latest.

    What waits is counted beside it, every ``observe``: it matters most when nothing gets out.
    """
    wakeup = Wakeup(CHANNEL, poll)
    async with listening(pool, wakeup):
        tasks = [
            asyncio.create_task(_relay(pool, bus, wakeup, batch, pause)),
            asyncio.create_task(_observe(pool, observe)),
        ]
        try:
            yield
        finally:
            await stop(tasks)


async def _relay(pool: Pool, bus: Bus, wakeup: Wakeup, batch: int, pause: dt.timedelta) -> None:
    while True:
        try:
            passages = await relay_once(pool, bus, batch=batch)
        except Exception as error:
            log.warning("relaying failed", error=type(error).__name__)
            await asyncio.sleep(pause.total_seconds())
            continue
        if failed := passages.count(Passage.FAILED):
            log.warning("events were not confirmed", events=failed)
            await asyncio.sleep(pause.total_seconds())
        elif len(passages) < batch:
            await wakeup.wait()


async def _observe(pool: Pool, pause: dt.timedelta) -> None:
    while True:
        try:
            async with pool.acquire() as connection:
                _show(await outbox.backlog(connection), await dead_letters.open_by_consumer(connection))
        except Exception as error:
            log.warning("backlog not counted", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())


def _show(waiting: outbox.Backlog, open_dead_letters: Mapping[str, int]) -> None:
    metrics.WAITING.set(waiting.waiting)
    age = dt.datetime.now(dt.UTC) - waiting.oldest if waiting.oldest else dt.timedelta()
    metrics.OLDEST.set(age.total_seconds())
    metrics.OPEN_DEAD_LETTERS.clear()
    for consumer, number in open_dead_letters.items():
        metrics.OPEN_DEAD_LETTERS.labels(consumer).set(number)
