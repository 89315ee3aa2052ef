"""What other contacts' records and history say of erased ones: found, and taken out.

CPR names a person in the records of spouse, children, parents and guardians, by number. These records stay records, with the
fields emptied (``cpr.redacting``); the digest follows, so that the next delivery, of which the merge takes out the same, is
equal. A contact whose present records change gets a new version, and its event. Of its history no more is told than that.

Finding looks through all records once: by the numbers as text where they are known, otherwise by their hashes.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from registerbro.bus import outbox
from registerbro.contacts import loading
from registerbro.contacts.groups import RECORDS, REFERENCES
from registerbro.contacts.model import NameType
from registerbro.contacts.statements import Statements
from registerbro.cpr.mapping import records_digest
from registerbro.cpr.redacting import relatives_numbers, without_relatives
from registerbro.database import Connection
from registerbro.events import ContactUpdated, Event
from registerbro.number_hash import NumberHasher

_SQL = Statements("traces.sql")
IsGone = Callable[[str], bool]
AT_ONCE = 500  # contacts in a transaction
PREFETCH = 2000


async def find(connection: Connection, numbers: Collection[str], ids: Collection[int]) -> list[int]:
    """The contacts whose records or history name one of these: persons by number, contacts by id."""
    patterns = [f"%{number}%" for number in numbers]
    found = await _SQL.rows(connection, "records_with", patterns=patterns) if patterns else ()
    named = await _SQL.rows(connection, "versions_naming", ids=list(ids))
    return sorted({row[0] for row in (*found, *named)})


async def remove(
    connection: Connection, numbers: Collection[str], ids: Collection[int], now: dt.datetime
) -> int:
    """Takes out what names one of these; how many contacts it was found in. For numbers that no delivery can bring back."""
    found = await find(connection, numbers, ids)
    await _take_out(connection, found, frozenset(numbers).__contains__, frozenset(ids), now)
    return len(found)


async def remove_all(connection: Connection, hasher: NumberHasher, now: dt.datetime) -> int:
    """The same for everybody who was ever erased and not lifted; how many contacts it was found in."""
    ids = frozenset(row[0] for row in await _SQL.rows(connection, "erased_ids"))
    is_gone = await _by_hash(connection, hasher)
    found = {row[0] for row in await _SQL.rows(connection, "versions_naming", ids=list(ids))}
    async with connection.transaction():
        async for contact_id, records in connection.cursor(_SQL.sql("all_records"), prefetch=PREFETCH):
            if any(map(is_gone, relatives_numbers(records))):
                found.add(contact_id)
    await _take_out(connection, sorted(found), is_gone, ids, now)
    return len(found)


async def _by_hash(connection: Connection, hasher: NumberHasher) -> IsGone:
    hashes = {row[0] for row in await _SQL.rows(connection, "erased_hashes")}
    known: dict[str, bool] = {}

    def is_gone(number: str) -> bool:
        if (found := known.get(number)) is None:
            found = known[number] = hasher.of(NameType.PERSON, number) in hashes
        return found

    return is_gone


async def _take_out(
    connection: Connection, found: list[int], is_gone: IsGone, ids: frozenset[int], now: dt.datetime
) -> None:
    for start in range(0, len(found), AT_ONCE):
        async with connection.transaction():
            some = found[start : start + AT_ONCE]
            await loading.lock(connection, some)
            changed = await _of_present(connection, some, is_gone)
            await _of_past(connection, some, is_gone, ids)
            renewed = await _SQL.rows(connection, "renew", ids=changed, now=now)
            events = (
                Event(ContactUpdated(contact_id, version, (RECORDS,)), time=now)
                for contact_id, version in renewed
            )
            await outbox.add(connection, events)


async def _of_present(connection: Connection, found: list[int], is_gone: IsGone) -> list[int]:
    changed = []
    for contact_id, records in await _SQL.rows(connection, "source_records", ids=found):
        kept = without_relatives(records, is_gone)
        if kept != records:
            changed.append(contact_id)
            digest = records_digest(kept.split("\n"))
            await _SQL.run(connection, "replace_records", contact_id=contact_id, records=kept, digest=digest)
    return changed


async def _of_past(connection: Connection, found: list[int], is_gone: IsGone, ids: frozenset[int]) -> None:
    for row in await _SQL.rows(connection, "versions", ids=found):
        before = _without_references(row["before"], ids)
        records = row["records"] and without_relatives(row["records"], is_gone)
        if before != row["before"] or records != row["records"]:
            await _SQL.run(connection, "replace_version", **{**row, "before": before, "records": records})


def _without_references(before: Mapping[str, Any], ids: frozenset[int]) -> Mapping[str, Any]:
    references: Iterable[Mapping[str, Any]] | None = before.get(REFERENCES)
    if references is None:
        return before
    return {**before, REFERENCES: [each for each in references if each["to_contact_id"] not in ids]}
