"""The way out: events are written to ``outbox`` in the transaction that caused them; relays take them from there."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from registerbro.bus.statements import SQL
from registerbro.database import Connection
from registerbro.events import Event

OutboxRow: TypeAlias = tuple[dt.date, uuid.UUID, str, str, str, dt.datetime]
COLUMNS = ("event_day", "event_id", "type", "routing_key", "body", "created_at")

_TRACE_CONTEXT = TraceContextTextMapPropagator()


def outbox_row(event: Event) -> OutboxRow:
    """The event as a row for ``COPY outbox``, in the order of ``COLUMNS``."""
    return (event.day, event.id, event.type, event.routing_key, event.to_cloudevent_json(), event.time)


async def add(connection: Connection, events: Iterable[Event]) -> None:
    """Sends events with the connection's transaction: they leave when it commits, and only then.

    They carry the present trace with them, where there is one.
    """
    carrier: dict[str, str] = {}
    _TRACE_CONTEXT.inject(carrier)
    if traceparent := carrier.get("traceparent"):
        events = (dataclasses.replace(event, traceparent=traceparent) for event in events)
    await connection.copy_records_to_table("outbox", records=map(outbox_row, events), columns=COLUMNS)


@dataclasses.dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the outbox."""

    waiting: int
    oldest: dt.datetime | None


async def backlog(connection: Connection) -> Backlog:
    """How many events wait for a relay, and since when."""
    row = await SQL.backlog(connection)
    return Backlog(row["waiting"], row["oldest"])


async def resend_unrouted(connection: Connection, since: dt.datetime, routing_keys: Sequence[str]) -> int:
    """Sends again what nobody listened to since a time; for a consumer that came late. Returns how many."""
    return int(await SQL.resend_unrouted(connection, since=since, routing_keys=list(routing_keys)))
