"""What the store knows of a number, before CPR is asked or beside its answer."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import aiosql
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "known.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A contact that has a number, or had it. A placeholder is known, but was never imported."""

    contact_id: int
    number: CprNumber | None  # the current one
    is_imported: bool
    is_subscribed: bool
    delivered_at: dt.datetime | None  # when CPR delivered it last, UTC

    def is_fresh(self, now: dt.datetime, max_age: dt.timedelta) -> bool:
        """Whether the store may answer in CPR's place: CPR tells of its changes, and delivered it not long ago."""
        return self.is_subscribed and self.delivered_at is not None and now - self.delivered_at <= max_age


async def find(pool: Pool, *numbers: CprNumber) -> Known | None:
    """The contact with one of the numbers; None if there is none."""
    row = await SQL.find_known(pool, numbers=[number.value for number in numbers])
    if row is None:
        return None
    number = CprNumber(row["name_code"]) if row["name_code"] else None
    return Known(
        row["contact_id"], number, row["is_imported"], bool(row["src_subscribed"]), row["last_delivered_at"]
    )


async def delivered_at(pool: Pool, contact_id: int) -> dt.datetime | None:
    """When CPR delivered a contact last, UTC."""
    found: dt.datetime | None = await SQL.delivered_at(pool, contact_id=contact_id)
    return found


async def said_on(pool: Pool, *numbers: CprNumber) -> dt.date | None:
    """The date of what was last said of the subscription of the contact with one of the numbers."""
    found: dt.date | None = await SQL.said_on(pool, numbers=[number.value for number in numbers])
    return found
