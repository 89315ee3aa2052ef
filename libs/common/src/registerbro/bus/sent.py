"""What went over the bus in the last days: the outbox, looked into. Events hold no personal data, so they can be shown."""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from registerbro.bus.statements import SQL
from registerbro.database import Connection
from registerbro.events import Event, event_or_none

Position: TypeAlias = tuple[dt.date, uuid.UUID]


class SentState(enum.StrEnum):
    """How far an event has come."""

    WAITING = "waiting"  # for a relay
    PUBLISHED = "published"
    UNROUTED = "unrouted"  # published, and nobody listens


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """An event that was sent, and what became of it. Times are UTC."""

    event_day: dt.date
    event_id: uuid.UUID
    type: str
    created_at: dt.datetime
    state: SentState
    published_at: dt.datetime | None
    event: Event | None  # None: of a type that this version does not know, while others are upgraded

    @property
    def position(self) -> Position:
        """Its place in the list; what to give as ``before`` for those that follow."""
        return self.event_day, self.event_id


class DeliveryState(enum.StrEnum):
    """How far an event has come with a consumer."""

    HANDLED = "handled"
    GIVEN_UP = "given-up"  # as a dead letter
    WAITING = "waiting"  # its turn, or the next attempt; known only of the in-process bus


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """An event and one of its consumers. ``at``: when it was handled or given up, or is due."""

    consumer: str
    state: DeliveryState
    at: dt.datetime
    dead_letter_id: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class TypeCount:
    """Events of a type: how many there were, and to how many of them nobody listened."""

    type: str
    sent: int
    unrouted: int


@dataclasses.dataclass(frozen=True, slots=True)
class SentFilter:
    """Some events of a time, ``until`` excluded; ``name`` is a type without prefix and version. None does not matter."""

    since: dt.datetime | None
    until: dt.datetime
    name: str | None = None
    contact_id: int | None = None  # as subject, or as the contact that was merged
    states: Sequence[SentState] | None = None


async def find(
    connection: Connection, asked: SentFilter, *, before: Position | None = None, size: int
) -> list[Sent]:
    """Events, newest first."""
    before_day, before_id = before or (None, None)
    rows = SQL.list_sent(
        connection,
        first_day=asked.since and asked.since.astimezone(dt.UTC).date(),
        last_day=asked.until.astimezone(dt.UTC).date(),
        since=asked.since,
        until=asked.until,
        routing_key=asked.name,
        contact_id=asked.contact_id,
        states=None if asked.states is None else list(asked.states),
        before_day=before_day,
        before_id=before_id,
        size=size,
    )
    return [_sent(row) async for row in rows]


async def get(connection: Connection, event_id: uuid.UUID) -> Sent | None:
    """One event; None where there is none, or not any more."""
    days = [row["day"] async for row in SQL.partitions(connection, parent="outbox")]
    row = await SQL.find_sent(connection, days=days, event_id=event_id)
    return None if row is None else _sent(row)


async def deliveries(connection: Connection, event: Sent) -> list[Delivery]:
    """What became of an event with its consumers, by their names."""
    rows = SQL.deliveries(connection, event_day=event.event_day, event_id=event.event_id)
    return [Delivery(**{**row, "state": DeliveryState(row["state"])}) async for row in rows]


async def counts(connection: Connection, since: dt.datetime) -> list[TypeCount]:
    """How many events of each type there were since a time, the most frequent type first."""
    rows = SQL.count_sent(connection, first_day=since.astimezone(dt.UTC).date(), since=since)
    return [TypeCount(**row) async for row in rows]


def _sent(row: Mapping[str, Any]) -> Sent:
    facts = dict(row)
    return Sent(
        event=event_or_none(facts.pop("body").encode()), **{**facts, "state": SentState(row["state"])}
    )
