"""Wishes that CPR has not been told of, and what stood in the way so far.

The difference between wish and state in ``source_record`` is the queue; a row of ``cpr_subscription_attempt`` says who works on
one at the moment, or when it is tried again.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection, Pool

from cpr_direct.open_calls import LEASE
from cpr_direct.settings import SubscribingSettings

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "attempts.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """A wish that this process works on now."""

    contact_id: int
    wanted: bool
    attempts: int  # that failed before


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """A contact's wish and state as they are now; its survivor's where it was merged."""

    contact_id: int
    number: CprNumber | None
    wanted: bool | None
    is_subscribed: bool | None  # None: never imported

    @property
    def is_met(self) -> bool:
        """Whether CPR need not be told anything."""
        return self.is_subscribed is None or self.wanted in (None, self.is_subscribed)


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """A wish that waits, or is being worked on."""

    contact_id: int
    wanted: bool
    attempts: int
    next_try_at: dt.datetime | None  # None: at the next look
    failure: str | None
    failed_at: dt.datetime | None


async def claim(
    store: "Connection | Pool", now: dt.datetime, size: int, contact_ids: Sequence[int] | None = None
) -> list[Claimed]:
    """Takes wishes whose time has come; with ``contact_ids`` only theirs, also if they failed a moment ago."""
    ids = None if contact_ids is None else list(contact_ids)
    rows = SQL.claim(store, now=now, due_at=now + LEASE, size=size, contact_ids=ids)
    return [Claimed(**row) async for row in rows]


async def forget(store: "Connection | Pool", contact_id: int) -> None:
    """CPR agrees, or nothing is wished any more."""
    await SQL.forget(store, contact_id=contact_id)


async def settle(connection: Connection, claimed: Claimed) -> bool:
    """Forgets the attempt where the state is as was wished, or something else is wished now; False where neither is so."""
    return bool(await SQL.settle(connection, contact_id=claimed.contact_id, wanted=claimed.wanted))


async def note_failure(
    pool: Pool, claimed: Claimed, failure: str, now: dt.datetime, settings: SubscribingSettings
) -> None:
    """Keeps why it failed, and when it is tried again."""
    await SQL.note_failure(
        pool,
        contact_id=claimed.contact_id,
        failure=failure,
        failed_at=now,
        next_try_at=now + pause(claimed.attempts, settings),
    )


def pause(failures: int, settings: SubscribingSettings) -> dt.timedelta:
    """How long to wait after one more failure: twice as long each time, up to a limit."""
    seconds = settings.first_pause_seconds * 2 ** min(failures, 30)
    return dt.timedelta(seconds=min(seconds, settings.longest_pause_seconds))


async def read_wish(store: "Connection | Pool", contact_id: int) -> Wish | None:
    """Wish and state of a contact; None if there is no such contact."""
    row = await SQL.read_wish(store, contact_id=contact_id)
    if row is None:
        return None
    number = CprNumber(row["name_code"]) if row["name_code"] else None
    return Wish(row["contact_id"], number, row["subscribed"], row["src_subscribed"])


async def page(pool: Pool, *, after: int, size: int) -> list[Waiting]:
    """The wishes that wait, by contact."""
    return [Waiting(**row) async for row in SQL.page(pool, after=after, size=size)]
