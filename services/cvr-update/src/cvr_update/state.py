"""How CVR Update stands over all replicas: whether the provider is left alone, whether the brake holds, how far the work is.

One row, ``cvrupdate_state``. What is counted is counted in the transaction that writes the contacts, so the brake sees every replica's
endings, and a set that would be too much is rolled back as a whole.
"""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import aiosql
from registerbro.database import Connection, Pool

from cvr_update.errors import BrakeHolds
from cvr_update.settings import BrakeSettings

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "state.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The row as it was read."""

    paused_until: dt.datetime | None
    pauses: int  # one after the other, since the provider answered last
    pause_reason: str | None
    pause_failure: str | None
    held_at: dt.datetime | None
    let_pass_until: dt.datetime | None
    let_pass_by: str | None
    counted_updates: int
    counted_endings: int
    run_started_at: dt.datetime | None
    run_ended_at: dt.datetime | None
    run_done: int
    run_changed: int
    run_failed: int

    def rests(self, now: dt.datetime) -> bool:
        """Whether nothing is to be claimed now."""
        return self.held_at is not None or (self.paused_until is not None and now < self.paused_until)


async def read(store: "Connection | Pool") -> State:
    """How it stands."""
    return State(**await SQL.read(store))


async def count(
    connection: Connection,
    settings: BrakeSettings,
    now: dt.datetime,
    *,
    updates: int,
    endings: int,
    changed: int,
) -> None:
    """Counts what the connection's transaction has written; ``BrakeHolds`` where it would be too many endings."""
    window = dt.timedelta(hours=settings.hours)
    row = await SQL.count(
        connection, now=now, since=now - window, updates=updates, endings=endings, changed=changed
    )
    most = max(settings.least - 1, int(settings.share * row["counted_updates"]))
    if endings and row["counted_endings"] > most and not row["is_let_pass"]:
        raise BrakeHolds(row["counted_endings"], row["counted_updates"], most)


async def let_pass(pool: Pool, settings: BrakeSettings, now: dt.datetime, *, by: str) -> bool:
    """Lets the brake go, for as long as it counts; False where it does not hold."""
    until = now + dt.timedelta(hours=settings.hours)
    return bool(await SQL.let_pass(pool, now=now, until=until, by=by))
