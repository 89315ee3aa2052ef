"""Figures of the last days: what was done in each minute, and what waited.

One job over all replicas makes them about once a minute. What the store remembers (events, accesses, ended imports) is counted
afterwards, each minute once, also those in which nothing ran; a queue's length and CPR's calls are known only at the time, and a
minute in which nobody looked has none.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.database import Pool
from registerbro.recurring import Recurring

JOB = "console.figures"
MINUTE = dt.timedelta(minutes=1)
SETTLED = MINUTE  # after its end no transaction is open that began in a minute
CATCH_UP = dt.timedelta(days=1)  # no more is counted after an outage
CLOCKS = dt.timedelta(seconds=1)  # between an event's id and its time
MOST_PARTS = 100
WIDTHS = tuple(dt.timedelta(minutes=each) for each in (1, 5, 10, 15, 30, 60, 120, 240, 480))
SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "figures.sql", "asyncpg")


class Measure(enum.StrEnum):
    """How a figure is made."""

    DONE = "done"  # counted: how many there were in a part of the time
    WAITING = "waiting"  # looked at: the most that waited in it


class Figure(enum.StrEnum):
    """What is followed."""

    EVENTS_SENT = "events-sent"
    PERSONS_ONLINE = "persons-online"  # imported by CPR Direkte
    PERSONS_BY_FILE = "persons-by-file"  # in files of CPR Batch, when their import ends
    UNITS_ONLINE = "units-online"  # companies and production units imported by CVR Online
    CVR_UPDATES = "cvr-updates"  # that changed something
    CPR_CALLS = "cpr-calls"  # that are paid for
    CVR_INQUIRIES = "cvr-inquiries"  # by callers of CVR Online
    OUTBOX = "outbox"
    DELIVERIES = "deliveries"  # on the in-process bus
    DEAD_LETTERS = "dead-letters"
    CVR_QUEUE = "cvr-queue"
    CPR_SUBSCRIPTIONS = "cpr-subscriptions"  # wishes that CPR was not told of
    FILES = "files"  # of CPR Batch that are not imported

    @property
    def column(self) -> str:
        """Its name in the store."""
        return self.replace("-", "_")

    @property
    def measure(self) -> Measure:
        """How it is made."""
        return (
            Measure.DONE if list(Figure).index(self) < list(Figure).index(Figure.OUTBOX) else Measure.WAITING
        )


@dataclasses.dataclass(frozen=True, slots=True)
class History:
    """The time in parts of the same width, and each figure's value in them; None where nobody counted or looked. Times are UTC."""

    width: dt.timedelta
    starts: Sequence[dt.datetime]
    values: Mapping[Figure, Sequence[int | None]]


def job(pool: Pool, *, kept: dt.timedelta) -> Recurring:
    """Makes the figures, and forgets those that are older than ``kept``."""

    async def make(now: dt.datetime) -> Mapping[str, Any]:
        await SQL.look(pool, minute=floor(now, MINUTE))
        counted = await count(pool, now)
        return {"minutes_counted": counted, "minutes_forgotten": await SQL.forget(pool, before=now - kept)}

    return Recurring(JOB, MINUTE, make)


async def count(pool: Pool, now: dt.datetime) -> int:
    """Counts the minutes that are over and were not counted; how many."""
    until = floor(now - SETTLED, MINUTE)
    last = await SQL.counted_last(pool)
    first = until - CATCH_UP if last is None else max(last + MINUTE, until - CATCH_UP)
    if first >= until:
        return 0
    await SQL.count(pool, **span(first, until))
    return round((until - first) / MINUTE)


def span(first: dt.datetime, until: dt.datetime) -> Mapping[str, Any]:
    """A time as it is counted: with the days of its events, and of accesses that began the day before, and the events' ids."""
    days = (until.date() - first.date()).days
    return {
        "first": first,
        "until": until,
        "days": [first.date() + dt.timedelta(days=each) for each in range(-1, days + 1)],
        "first_id": _least_id(first - CLOCKS),
        "until_id": _least_id(until + CLOCKS),
    }


async def history(pool: Pool, hours: int, now: dt.datetime) -> History:
    """The last hours, in at most ``MOST_PARTS`` parts and the one that is not over."""
    span = dt.timedelta(hours=hours)
    width = next((each for each in WIDTHS if span / each <= MOST_PARTS), WIDTHS[-1])
    until = floor(now, width) + width
    rows = [row async for row in SQL.history(pool, since=until - span - width, until=until, width=width)]
    values = {figure: [row[figure.column] for row in rows] for figure in Figure}
    return History(width, [row["since"] for row in rows], values)


def floor(moment: dt.datetime, width: dt.timedelta) -> dt.datetime:
    """The begin of the part of this width that a moment is in."""
    epoch = dt.datetime.fromtimestamp(0, dt.UTC)
    return moment - (moment - epoch) % width


def _least_id(moment: dt.datetime) -> uuid.UUID:
    """No event of that time or later has a smaller id (RFC 9562, 5.7)."""
    return uuid.UUID(int=round(moment.timestamp() * 1000) << 80)
