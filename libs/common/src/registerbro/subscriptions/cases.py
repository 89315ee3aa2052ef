"""Who is party to which open case: the state is the same in whatever order, and however often, the events of a case arrive.

A contact is party to a case if the last event that named it is later than the last closing; of two at the same moment the
closing is the later one. Closings are remembered for as long as an event from before them can still be delivered.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Any

import aiosql

from registerbro.bus.statements import SQL as BUS
from registerbro.database import Connection, Pool
from registerbro.subscriptions.errors import UnknownContacts

SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Party:
    """A contact in an open case; ``opened_at`` (UTC) is when the case was last said to be open with it."""

    contact_id: int
    opened_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that a contact is party to."""

    case_reference: str
    opened_at: dt.datetime


async def opened(
    connection: Connection, case_reference: str, contact_ids: Collection[int], at: dt.datetime
) -> list[int]:
    """The case is open with these parties, others stay; in the caller's transaction. Returns those who are new in it.

    Of merged contacts it is the one that they are now; erased ones are nobody's party. Raises ``UnknownContacts`` before anything is stored. ``at`` is when
    it was so, not older than the events that the inbox remembers.
    """
    parties = await _parties(connection, contact_ids)
    await SQL.hold_case(connection, case_reference=case_reference)
    rows = SQL.open_case(connection, case_reference=case_reference, ids=sorted(parties), at=at)
    return [row["contact_id"] async for row in rows]


async def closed(connection: Connection, case_reference: str, at: dt.datetime) -> list[int]:
    """The case is closed, in the caller's transaction; returns who is party to it no longer.

    A party that is being merged into another meanwhile appears under the other once that is done: it is looked for again.
    """
    await SQL.hold_case(connection, case_reference=case_reference)
    await SQL.note_closing(connection, case_reference=case_reference, at=at)
    removed: list[int] = []
    while await SQL.is_party_left(connection, case_reference=case_reference, at=at):
        rows = SQL.remove_parties(connection, case_reference=case_reference, at=at)
        removed += [row["contact_id"] async for row in rows]
    return sorted(removed)


async def contacts_of(connection: "Connection | Pool", case_reference: str) -> list[Party]:
    """The parties of a case, by id; none where it is closed or not known."""
    return [Party(**row) async for row in SQL.contacts_of(connection, case_reference=case_reference)]


async def cases_of(connection: "Connection | Pool", contact_id: int) -> list[OpenCase]:
    """The open cases of a contact, oldest first."""
    return [OpenCase(**row) async for row in SQL.cases_of(connection, contact_id=contact_id)]


async def forget(connection: "Connection | Pool") -> int:
    """Forgets closings from before everything that the inbox remembers: nothing older is handled any more."""
    days = [row["day"] async for row in BUS.partitions(connection, parent="inbox")]
    if not days:
        return 0
    before = dt.datetime.combine(days[0], dt.time(), dt.UTC)
    return int(await SQL.forget(connection, before=before))


async def _parties(connection: Connection, contact_ids: Collection[int]) -> set[int]:
    """The contacts as they are now, held against being merged until the transaction ends."""
    while True:
        rows = SQL.hold_parties(connection, ids=sorted(set(contact_ids)))
        merged_into = {row["contact_id"]: row["merged_into"] async for row in rows}
        if missing := set(contact_ids) - merged_into.keys():
            erased = {row["contact_id"] async for row in SQL.erased(connection, ids=sorted(missing))}
            if unknown := sorted(missing - erased):
                raise UnknownContacts(tuple(unknown))
        parties = {merged_into[each] or each for each in contact_ids if each in merged_into}
        if parties <= merged_into.keys() and not any(merged_into[each] for each in parties):
            return parties
