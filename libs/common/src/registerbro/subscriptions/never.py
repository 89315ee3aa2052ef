"""The list of those whom nobody may subscribe, whatever is wished: by number, so that it also holds who is not imported yet.

A number counts for all numbers of its person, former ones too.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Self

import aiosql

from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection, Pool
from registerbro.privacy import mask
from registerbro.subscriptions import asking
from registerbro.subscriptions.asking import LAST_ID, Asked

SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
REASON = "never-subscribed"


@dataclasses.dataclass(frozen=True, slots=True)
class NeverEntry:
    """A number in the list, which shows itself masked; ``contact_id`` where the store knows whose it is."""

    entry_id: int
    number: CprNumber
    contact_id: int | None
    reason: str
    added_at: dt.datetime
    added_by: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        return cls(**{**dict(row), "number": CprNumber(row["number"])})


@dataclasses.dataclass(frozen=True, slots=True)
class NeverAdded:
    """What adding a number did; ``ended`` where the person was subscribed, or should have been."""

    entry_id: int
    is_new: bool
    ended: tuple[Asked, ...] = ()


async def add(
    connection: Connection, number: CprNumber, *, reason: str, by: str, now: dt.datetime | None = None
) -> NeverAdded:
    """Lists a number, in the caller's transaction; who is subscribed by it is asked to be so no longer.

    A number that is listed stays as it is. Numbers within ``reason`` are masked.
    """
    moment = now or dt.datetime.now(dt.UTC)
    made = await SQL.add(connection, number=number.value, reason=mask(reason), added_at=moment, added_by=by)
    entry_id = made or await SQL.entry_of(connection, number=number.value)
    # who asks for the same person meanwhile has done so before we look, or sees the entry afterwards
    async for _ in SQL.lock_contact_of(connection, number=number.value):
        pass
    wishes = {
        row["contact_id"]: False async for row in SQL.wished_or_subscribed(connection, entry_id=entry_id)
    }
    ended = await asking.ask(connection, wishes, by=by, reason=REASON, now=moment)
    return NeverAdded(entry_id, made is not None, tuple(ended))


async def remove(connection: "Connection | Pool", entry_id: int) -> bool:
    """Takes an entry off the list; False if there is none. Wishes stay as they are."""
    return await SQL.remove(connection, entry_id=entry_id) is not None


async def page(connection: "Connection | Pool", *, below: int = LAST_ID, size: int = 100) -> list[NeverEntry]:
    """The list, newest first; the next page is ``below`` the last entry's id."""
    return [NeverEntry.of(row) async for row in SQL.page(connection, below=below, size=size)]


async def is_listed(connection: "Connection | Pool", numbers: Collection[CprNumber]) -> set[CprNumber]:
    """Those of the numbers by which nobody may be subscribed."""
    rows = SQL.listed(connection, numbers=[number.value for number in numbers])
    return {CprNumber(row["number"]) async for row in rows}
