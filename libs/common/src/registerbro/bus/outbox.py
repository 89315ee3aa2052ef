"""The way out: events are written to ``outbox`` in the transaction that caused them, and relayed from there."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TypeAlias

from registerbro.database import Connection
from registerbro.events import Event

OutboxRow: TypeAlias = tuple[dt.date, uuid.UUID, str, str, str, dt.datetime]
COLUMNS = ("event_day", "event_id", "type", "routing_key", "body", "created_at")


def outbox_row(event: Event) -> OutboxRow:
    """The event as a row for ``COPY outbox``, in the order of ``COLUMNS``."""
    return (event.day, event.id, event.type, event.routing_key, event.to_cloudevent_json(), event.time)


async def add(connection: Connection, events: Iterable[Event]) -> None:
    """Sends events with the connection's transaction: they leave when it commits, and only then."""
    await connection.copy_records_to_table("outbox", records=map(outbox_row, events), columns=COLUMNS)
