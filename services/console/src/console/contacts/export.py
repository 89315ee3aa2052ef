"""Everything that is held on one contact, for the person's right of access (GDPR, article 15).

The person's own data stand in it whole. Of others it says what the record says of the relation: their part in it, and their name
if that is not protected. Nobody else's personal number stands in it, wherever it comes from: register records, old values, free
text. What is shaped like such a number and is not the person's own is masked.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import aiosql
from registerbro.audit import Access, Auditor
from registerbro.contacts.model import SOURCE_CPR, SOURCE_CVR
from registerbro.cvr.records import decoded, p_numbers
from registerbro.database import Connection, Pool
from registerbro.privacy import mask
from registerbro.record_views import RecordShown

from console.contacts.sections import DISCLOSURES, SECTIONS

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
SCHEMA = "registerbro-access-export/1"
Row: TypeAlias = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Export:
    """What is held on a contact: rows by section, in the order of ``SECTIONS``."""

    contact_ids: tuple[int, ...]  # the contact, and those that were merged into it
    created_at: dt.datetime
    sections: Mapping[str, Sequence[Row]]

    def body(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"schema": SCHEMA, "created_at": self.created_at, **self.sections}


async def gather(pool: Pool, audit: Auditor, contact_id: int) -> Export | None:
    """Reads everything, in one state of the store; then who looked at it. None if there is no such contact."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        ids = [row["contact_id"] async for row in _SQL.same_person(connection, contact_id=contact_id)]
        stored = {name: await _rows(connection, name, ids) for name in SECTIONS if name != DISCLOSURES}
    if not ids:
        return None
    own = {row["number"] for row in stored["numbers"]}.union(
        *(
            p_numbers(row["records"])
            for row in stored["sources"] + stored["history"]
            if row["source"] == SOURCE_CVR
        )
    )
    stored[DISCLOSURES] = [_access(each) for each in await audit.accesses(contact_ids=ids)]
    found = {name: [without_others(row, own) for row in stored[name]] for name in SECTIONS}
    return Export(tuple(ids), dt.datetime.now(dt.UTC), found)


async def _rows(connection: Connection, section: str, ids: Sequence[int]) -> list[Row]:
    return [_decoded(dict(row)) async for row in getattr(_SQL, section)(connection, ids=ids)]


def _access(access: Access) -> Row:
    return dataclasses.asdict(access) | {"stages": [*map(str, access.stages)], "fields": [*access.fields]}


def without_others(value: Any, own: Iterable[str]) -> Any:
    """The value at every depth with personal numbers masked but for one's own."""
    numbers = sorted(own)
    spared = re.compile(rf"(?<!\d)({'|'.join(map(re.escape, numbers))})(?!\d)") if numbers else None
    return _masked(value, spared)


def _masked(value: Any, spared: re.Pattern[str] | None) -> Any:
    match value:
        case str():
            parts = spared.split(value) if spared else [value]
            return "".join(part if place % 2 else mask(part) for place, part in enumerate(parts))
        case dict():
            return {_masked(key, spared): _masked(entry, spared) for key, entry in value.items()}
        case list():
            return [_masked(entry, spared) for entry in value]
        case _:
            return value


def _decoded(row: Row) -> Row:
    """A row with the register's records: CPR's field by field, CVR's with the provider's own keys."""
    records = row.get("records")
    if not records:
        return row
    if row.get("source") == SOURCE_CVR:
        return row | {"records": decoded(records)}
    if row.get("source") in (SOURCE_CPR, None):
        return row | {"records": [_record(line) for line in records.split("\n") if line]}
    return row


def _record(text: str) -> Row:
    shown = RecordShown.of(0, 0, text, shows=True)
    fields = [
        each.model_dump(
            include={"name", "danish", "value", "danish_text", "english_text", "precision", "uncertain"}
        )
        for each in shown.fields
    ]
    if not fields:
        return {"type": shown.record_type, "name": shown.danish, "text": text}
    return {"type": shown.record_type, "name": shown.danish, "fields": fields}
