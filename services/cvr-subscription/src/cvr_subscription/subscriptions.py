"""What is subscribed, what is to be, and what stood in the way: the rows of ``cvrupdate_subscription`` at one provider.

What differs from the contacts is the queue. A row is *wanted* before the provider is told to subscribe, and *ending* before it is told
to cancel; who works on one has leased it. A row whose state turns meanwhile is not touched by what comes of that work, and is
worked on again afterwards, so that calls about one unit never overtake each other.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.cvr.units import ObjectId
from registerbro.database import Connection, Pool

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "subscriptions.sql", "asyncpg")
CHANNEL = "registerbro_cvr_subscription"  # notified when something waits
UNKNOWN = "unknown-to-the-register"


class State(enum.StrEnum):
    """How far a subscription is."""

    WANTED = "wanted"
    SUBSCRIBED = "subscribed"
    ENDING = "ending"


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this replica works on now. Without type and number: the contact is gone."""

    contact_id: int
    object_id: ObjectId | None
    attempts: int
    was_subscribed: bool
    name_type: str | None
    name_code: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """Why a row could not be worked on; a constant, and when it is tried again."""

    contact_id: int
    slug: str
    due_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A subscription as it is shown."""

    contact_id: int
    object_id: ObjectId | None
    state: State
    attempts: int
    failure: str | None
    failed_at: dt.datetime | None
    due_at: dt.datetime | None
    subscribed_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """How many there are. ``elsewhere`` are those of other providers, which only these could cancel."""

    wanted: int
    subscribed: int
    ending: int
    failing: int
    unknown: int
    elsewhere: int
    failures: Mapping[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Rows:
    """The rows at one provider, as one replica works on them."""

    provider: str
    replica: uuid.UUID
    lease: dt.timedelta

    async def compare(
        self,
        connection: Connection,
        name_types: Sequence[str],
        now: dt.datetime,
        contact_ids: Sequence[int] | None = None,
    ) -> None:
        """Brings the rows' wishes in line with the contacts, of all or of some; no types: all is to be cancelled.

        The connection is in a transaction.
        """
        asked = {
            "provider": self.provider,
            "name_types": list(name_types),
            "now": now,
            "contact_ids": contact_ids,
        }
        await SQL.plan_anew(connection)
        await SQL.end_unwanted(connection, **asked)
        if name_types:
            await SQL.want_again(connection, **asked)
            await SQL.want_missing(connection, **asked)

    async def claim(self, pool: Pool, state: State, now: dt.datetime, size: int) -> list[Claimed]:
        """Takes rows that wait in a state and whose time has come."""
        rows = SQL.claim(
            pool,
            provider=self.provider,
            state=state,
            now=now,
            leased_until=now + self.lease,
            leased_by=self.replica,
            size=size,
        )
        return [Claimed(**row) async for row in rows]

    async def identify(self, pool: Pool, ids: Mapping[int, ObjectId]) -> frozenset[int]:
        """Keeps the ids of contacts' units; returns those whose unit is no other row's."""
        rows = SQL.identify(
            pool,
            provider=self.provider,
            leased_by=self.replica,
            contact_ids=list(ids),
            object_ids=list(ids.values()),
        )
        return frozenset([row["contact_id"] async for row in rows])

    async def forget_ids(self, connection: Connection, contact_ids: Sequence[int]) -> None:
        """Has units that are to be subscribed looked up anew: the provider does not know their ids."""
        await SQL.forget_ids(
            connection, provider=self.provider, leased_by=self.replica, contact_ids=contact_ids
        )

    async def subscribed(
        self, connection: Connection, contact_ids: Sequence[int], now: dt.datetime
    ) -> list[int]:
        """Notes what the provider has subscribed; returns those for which that is still wanted."""
        rows = SQL.subscribed(
            connection, provider=self.provider, leased_by=self.replica, contact_ids=contact_ids, now=now
        )
        return [row["contact_id"] async for row in rows]

    async def cancelled(self, connection: Connection, contact_ids: Sequence[int]) -> list[int]:
        """Forgets what the provider has cancelled; returns those for which that is still wanted."""
        rows = SQL.cancelled(
            connection, provider=self.provider, leased_by=self.replica, contact_ids=contact_ids
        )
        return [row["contact_id"] async for row in rows]

    async def release(self, connection: "Connection | Pool", contact_ids: Sequence[int]) -> None:
        """Lets others work on them."""
        await SQL.release(connection, provider=self.provider, leased_by=self.replica, contact_ids=contact_ids)

    async def note(
        self, connection: "Connection | Pool", state: State, failures: Sequence[Failure], now: dt.datetime
    ) -> None:
        """Keeps why rows of a state failed, and when they are tried again."""
        await SQL.note_failures(
            connection,
            provider=self.provider,
            leased_by=self.replica,
            state=state,
            now=now,
            contact_ids=[each.contact_id for each in failures],
            failures=[each.slug for each in failures],
            due_at=[each.due_at for each in failures],
        )

    async def try_again(
        self, connection: Connection, contact_ids: Sequence[int] | None, now: dt.datetime
    ) -> int:
        """Lets what failed be tried at once, of some contacts or of all, and wakes the replicas; returns how many."""
        rows = SQL.try_again(connection, provider=self.provider, contact_ids=contact_ids, now=now)
        count = len([row async for row in rows])
        await wake(connection)
        return count

    async def page(
        self, pool: Pool, *, state: State | None, is_failing: bool | None, after: int, size: int
    ) -> list[Row]:
        """Subscriptions by contact."""
        rows = SQL.page(
            pool, provider=self.provider, state=state, is_failing=is_failing, after=after, size=size
        )
        return [Row(**{**row, "state": State(row["state"])}) async for row in rows]

    async def summary(self, pool: Pool) -> Summary:
        """How many there are."""
        counts = await SQL.summary(pool, provider=self.provider, unknown=UNKNOWN)
        failures = {row["failure"]: row["count"] async for row in SQL.failures(pool, provider=self.provider)}
        return Summary(**counts, failures=failures)


async def wake(connection: "Connection | Pool") -> None:
    """Tells all replicas that something waits, when the connection's transaction commits."""
    await connection.execute("select pg_notify($1, '')", CHANNEL)
