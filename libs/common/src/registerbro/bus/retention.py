"""What the bus forgets, and when: run daily.

``inbox`` is kept longer than anything can be delivered from our own tables; an event that a broker's queue held even
longer than that finds no partition, and is parked instead of handled twice.
"""

import datetime as dt

from registerbro.bus.statements import SQL
from registerbro.database import Connection
from registerbro.settings import EventSettings


async def forget(connection: Connection, kept: EventSettings, *, now: dt.datetime) -> list[str]:
    """Drops partitions and rows past their time, in one transaction; returns the names of the partitions."""
    today = now.date()
    async with connection.transaction():
        unpublished = await SQL.oldest_unpublished(connection)
        dropped = await _drop(
            connection, "outbox", _earliest(today - dt.timedelta(days=kept.outbox_days), unpublished)
        )
        deliverable = await SQL.oldest_deliverable(connection)
        dropped += await _drop(
            connection, "inbox", _earliest(today - dt.timedelta(days=kept.inbox_days), deliverable)
        )
        await SQL.forget_dead_letters(connection, before=now - dt.timedelta(days=kept.dead_letter_days))
    return dropped


def _earliest(day: dt.date, other: dt.date | None) -> dt.date:
    return day if other is None else min(day, other)


async def _drop(connection: Connection, table: str, before: dt.date) -> list[str]:
    names = [row["name"] async for row in SQL.partitions(connection, parent=table) if row["day"] < before]
    for name in names:
        await connection.execute(f'drop table "{name}"')
    return names
