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
from registerbro.audit import Auditor
from registerbro.contacts.model import SOURCE_CPR
from registerbro.database import Connection
from registerbro.privacy import mask
from registerbro.record_views import RecordShown

from console.contacts.sections import SECTIONS

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


@dataclasses.dataclass(frozen=True, slots=True)
class _Digits:
    value: str


async def gather(connection: Connection, audit: Auditor, contact_id: int) -> Export | None:
    """Reads everything in the caller's transaction, which sees one state of the store; None if there is no such contact."""
    ids = [row["contact_id"] async for row in _SQL.same_person(connection, contact_id=contact_id)]
    if not ids:
        return None
    own = [(row["name_type"], row["number"]) async for row in _SQL.numbers(connection, ids=ids)]
    hashes = [audit.number_hash(_Digits(number), name_type) for name_type, number in own]
    numbers = frozenset(number for _, number in own)
    found: dict[str, Sequence[Row]] = {}
    for section in SECTIONS:
        more = {"hashes": hashes} if section == "disclosures" else {}
        rows = getattr(_SQL, section)(connection, ids=ids, **more)
        found[section] = [without_others(_decoded(dict(row)), numbers) async for row in rows]
    return Export(tuple(ids), dt.datetime.now(dt.UTC), found)


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
    """A row with the register's records field by field; other sources' stay as they are."""
    records = row.get("records")
    if records is None or row.get("source") not in (SOURCE_CPR, None):
        return row
    return row | {"records": [_record(line) for line in records.split("\n") if line]}


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
