"""What gave up: kept as it arrived, with the reason, until somebody has it delivered again or discards it.

Asking for a replay only sets a mark; the bus of the consumer in question delivers the message again, to that consumer
alone, and sets ``replayed_at``. So a replay needs nothing but the database, and survives whatever happens in between.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from registerbro.bus import metrics
from registerbro.bus.statements import SQL
from registerbro.database import Connection, Pool
from registerbro.events import event_or_none
from registerbro.privacy import mask

PAGE = 100
REPLAY_BATCH = 100
REPLAY_CHANNEL = "registerbro_replay"


class State(enum.StrEnum):
    """What became of a dead letter."""

    OPEN = "open"  # waits for somebody's decision
    REPLAY_REQUESTED = "replay-requested"
    REPLAYED = "replayed"  # with its consumer again, which has not finished yet
    HANDLED = "handled"  # by its consumer, after a replay
    CAME_BACK = "came-back"  # given up again after a replay, as another dead letter
    DISCARDED = "discarded"


UNDECIDED = (State.OPEN, State.REPLAY_REQUESTED)


@dataclasses.dataclass(frozen=True, slots=True)
class Which:
    """Some dead letters: what is None does not matter. ``type`` is the event's whole type, ``reason`` a part of the reason."""

    ids: Sequence[int] | None = None
    consumer: str | None = None
    type: str | None = None
    reason: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        ids = None if self.ids is None else list(self.ids)
        return {"ids": ids, "consumer": self.consumer, "type": self.type, "reason": self.reason}


ALL = Which()


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
    replay_requested_by: str | None
    replayed_at: dt.datetime | None
    discarded_at: dt.datetime | None
    discarded_by: str | None
    discard_reason: str | None
    handled_at: dt.datetime | None  # by the consumer, after a replay
    came_back_as: int | None  # the dead letter that a replay ended in
    state: State


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
    which: Which = ALL,
    *,
    states: Sequence[State] | None = UNDECIDED,
    below: int | None = None,
    page: int = PAGE,
) -> list[DeadLetter]:
    """Dead letters in these states (None: in any), newest first; ``below`` is the last id of the page before."""
    chosen = None if states is None else list(states)
    rows = SQL.list_dead_letters(connection, **which.parameters, states=chosen, below=below, page=page)
    return [DeadLetter(**{**row, "state": State(row["state"])}) async for row in rows]


async def count_open(connection: Connection) -> dict[str, int]:
    """How many dead letters each consumer has that nobody has dealt with."""
    return {row["consumer"]: row["waiting"] async for row in SQL.count_open(connection)}


async def request_replay(connection: Connection, dead_letter_id: int, *, by: str | None = None) -> None:
    """Has the message delivered again to the consumer that gave it up, and to no other; raises ``NotOpen``."""
    if not await SQL.request_replay(connection, ids=[dead_letter_id], by=by):
        raise NotOpen


async def request_replays(connection: Connection, which: Which, *, by: str, most: int) -> int:
    """The same for those of many that wait for a decision, the oldest first; returns how many."""
    async with connection.transaction():
        return int(await SQL.request_replay(connection, ids=await _open(connection, which, most), by=by))


async def discard(connection: Connection, dead_letter_id: int, reason: str, *, by: str | None = None) -> None:
    """Closes a dead letter for good; raises ``NotOpen``."""
    if not await SQL.discard(connection, ids=[dead_letter_id], reason=mask(reason), by=by):
        raise NotOpen


async def discard_many(connection: Connection, which: Which, reason: str, *, by: str, most: int) -> int:
    """Closes those of many that wait for a decision, the oldest first; returns how many."""
    async with connection.transaction():
        ids = await _open(connection, which, most)
        return int(await SQL.discard(connection, ids=ids, reason=mask(reason), by=by))


async def _open(connection: Connection, which: Which, most: int) -> list[int]:
    rows = SQL.choose_open(connection, **which.parameters, most=most)
    return [row["dead_letter_id"] async for row in rows]


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
    event = event_or_none(body)
    if event is None:
        return {"event_id": None, "event_day": None, "type": None}
    return {"event_id": event.id, "event_day": event.day, "type": event.type}
