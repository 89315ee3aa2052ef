"""What gave up: kept as it arrived, with the reason, until somebody has it delivered again or discards it.

Asking for a replay only sets a mark; the bus of the consumer in question delivers the message again, to that consumer
alone, and sets ``replayed_at``. So a replay needs nothing but the database, and survives whatever happens in between.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from registerbro.bus import metrics
from registerbro.bus.statements import SQL
from registerbro.database import Connection, Pool
from registerbro.events import EventRefused, parse_event

PAGE = 100
REPLAY_BATCH = 100
REPLAY_CHANNEL = "registerbro_replay"


@dataclasses.dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up. The body is not shown in ``repr``: it is whatever somebody sent."""

    dead_letter_id: int
    consumer: str
    event_id: uuid.UUID | None
    event_day: dt.date | None
    type: str | None
    routing_key: str
    body: bytes = dataclasses.field(repr=False)
    reason: str
    attempts: int
    arrived_at: dt.datetime
    replay_requested_at: dt.datetime | None
    replayed_at: dt.datetime | None
    discarded_at: dt.datetime | None
    discard_reason: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Replay:
    """A message on its way back to its consumer."""

    dead_letter_id: int
    consumer: str
    event_id: uuid.UUID | None
    event_day: dt.date | None
    routing_key: str
    body: bytes = dataclasses.field(repr=False)


class NotOpen(Exception):
    """There is no such dead letter, or it was replayed or discarded already."""


async def store(
    connection: Connection, *, consumer: str, routing_key: str, body: bytes, reason: str, attempts: int
) -> None:
    """Keeps a message that was given up."""
    await SQL.store_dead_letter(
        connection,
        consumer=consumer,
        routing_key=routing_key,
        body=body,
        reason=reason,
        attempts=attempts,
        **_facts(body),
    )
    metrics.DEAD_LETTERS.labels(consumer).inc()


async def open_by_consumer(connection: Connection) -> dict[str, int]:
    """How many wait for a person's decision."""
    return {row["consumer"]: row["open"] async for row in SQL.open_dead_letters(connection)}


async def find(
    connection: Connection,
    *,
    consumer: str | None = None,
    only_open: bool = True,
    below: int | None = None,
    page: int = PAGE,
) -> list[DeadLetter]:
    """Dead letters, newest first; ``below`` is the last id of the page before."""
    rows = SQL.list_dead_letters(connection, consumer=consumer, only_open=only_open, below=below, page=page)
    return [DeadLetter(**row) async for row in rows]


async def count_open(connection: Connection) -> dict[str, int]:
    """How many dead letters each consumer has that nobody has dealt with."""
    return {row["consumer"]: row["waiting"] async for row in SQL.count_open(connection)}


async def request_replay(connection: Connection, dead_letter_id: int) -> None:
    """Has the message delivered again to the consumer that gave it up, and to no other; raises ``NotOpen``."""
    if await SQL.request_replay(connection, dead_letter_id=dead_letter_id) is None:
        raise NotOpen


async def discard(connection: Connection, dead_letter_id: int, reason: str) -> None:
    """Closes a dead letter for good; raises ``NotOpen``."""
    if await SQL.discard(connection, dead_letter_id=dead_letter_id, reason=reason) is None:
        raise NotOpen


async def replay_once(
    pool: Pool,
    consumers: Sequence[str],
    deliver: Callable[[Connection, Sequence[Replay]], Awaitable[None]],
) -> int:
    """Delivers what was asked for, in one transaction; returns how many messages. For the bus."""
    async with pool.acquire() as connection, connection.transaction():
        rows = SQL.claim_replays(connection, consumers=list(consumers), batch=REPLAY_BATCH)
        replays = [Replay(**row) async for row in rows]
        if replays:
            await deliver(connection, replays)
            await SQL.mark_replayed(connection, ids=[replay.dead_letter_id for replay in replays])
    return len(replays)


def _facts(body: bytes) -> dict[str, Any]:
    try:
        event = parse_event(body)
    except EventRefused:
        return {"event_id": None, "event_day": None, "type": None}
    return {"event_id": event.id, "event_day": event.day, "type": event.type}
