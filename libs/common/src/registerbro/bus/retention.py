"""What the bus forgets, and when: run daily.

``inbox`` is kept longer than anything can be delivered from our own tables; an event that a broker's queue held even
longer than that finds no partition, and is parked instead of handled twice.
"""

import dataclasses
import datetime as dt

from registerbro.bus.statements import SQL
from registerbro.database import Connection

OUTBOX_DAYS = 14
INBOX_DAYS = 90
DEAD_LETTER_DAYS = 90


@dataclasses.dataclass(frozen=True, slots=True)
class Retention:
    """How many days something is kept after its own day."""

    outbox: int = OUTBOX_DAYS  # published events; those that nobody listened to can be sent again until then
    inbox: int = INBOX_DAYS
    dead_letters: int = DEAD_LETTER_DAYS  # replayed or discarded ones; open ones stay

    def __post_init__(self) -> None:
        if not 0 < self.outbox < self.inbox:
            raise ValueError("the inbox must be kept longer than the outbox")


async def forget(connection: Connection, retention: Retention, *, now: dt.datetime) -> list[str]:
    """Drops partitions and rows past their time, in one transaction; returns the names of the partitions."""
    today = now.date()
    async with connection.transaction():
        unpublished = await SQL.oldest_unpublished(connection)
        dropped = await _drop(
            connection, "outbox", _earliest(today - dt.timedelta(days=retention.outbox), unpublished)
        )
        deliverable = await SQL.oldest_deliverable(connection)
        dropped += await _drop(
            connection, "inbox", _earliest(today - dt.timedelta(days=retention.inbox), deliverable)
        )
        await SQL.forget_dead_letters(connection, before=now - dt.timedelta(days=retention.dead_letters))
    return dropped


def _earliest(day: dt.date, other: dt.date | None) -> dt.date:
    return day if other is None else min(day, other)


async def _drop(connection: Connection, table: str, before: dt.date) -> list[str]:
    names = [row["name"] async for row in SQL.partitions(connection, parent=table) if row["day"] < before]
    for name in names:
        await connection.execute(f'drop table "{name}"')
    return names
