"""Contacts that are updated, and ``cvrupdate_import``: what became of the last update of each."""

import dataclasses
import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.cvr.mapping import NameTypes
from registerbro.cvr.numbers import CvrNumber, InvalidUnitNumber, PNumber, UnitNumber
from registerbro.database import Connection, Pool
from registerbro.service_queue import Task

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "contacts.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Subjects:
    """What tasks are about: units to ask for, contacts whose number no register can know, and what is no longer there."""

    numbers: dict[UnitNumber, Task]
    unusable: list[Task]
    gone: list[
        Task
    ]  # erased, merged into another, known by number only, or no longer a company or production unit


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """What became of a contact's last update."""

    contact_id: int
    reason: str | None
    failure: str | None
    attempts: int
    next_try: dt.datetime | None
    updated_at: dt.datetime | None
    changed_at: dt.datetime
    logic_id: str | None


async def subjects(pool: Pool, tasks: Sequence[Task], types: NameTypes, *, checks_digit: bool) -> Subjects:
    """What the tasks are about, as the contacts are now."""
    rows = SQL.subjects(pool, contact_ids=[task.contact_id for task in tasks])
    found = {row["contact_id"]: row async for row in rows}
    sorted_out = Subjects({}, [], [])
    for task in tasks:
        row = found.get(task.contact_id)
        if row is None or row["is_out_of_reach"] or row["name_type"] not in (types.company, types.unit):
            sorted_out.gone.append(task)
        elif (number := _number(row["name_type"], row["name_code"], types, checks_digit)) is None:
            sorted_out.unusable.append(task)
        else:
            sorted_out.numbers[number] = task
    return sorted_out


def _number(name_type: str, code: str | None, types: NameTypes, checks_digit: bool) -> UnitNumber | None:
    try:
        if name_type == types.unit:
            return PNumber.parse(code or "")
        return CvrNumber.parse(code or "", checks_digit=checks_digit)
    except InvalidUnitNumber:
        return None


async def versions(connection: Connection, contact_ids: Collection[int]) -> dict[int, int]:
    """The contacts' versions as they are in the connection's transaction."""
    rows = SQL.versions(connection, contact_ids=list(contact_ids))
    return {row["contact_id"]: row["version"] async for row in rows}


async def failures(pool: Pool, *, after: int, size: int) -> list[Imported]:
    """Contacts whose last update failed, by id."""
    return [Imported(**row) async for row in SQL.failures(pool, after=after, size=size)]


async def failures_by_reason(pool: Pool) -> dict[str, int]:
    """How many contacts' last update failed, by reason, the most frequent first."""
    rows = [row async for row in SQL.failures_by_reason(pool)]
    return {row["reason"]: row["contacts"] for row in rows}


async def import_of(pool: Pool, contact_id: int) -> Imported | None:
    """What became of a contact's last update; None if there was none."""
    row = await SQL.import_of(pool, contact_id=contact_id)
    return None if row is None else Imported(**row)
