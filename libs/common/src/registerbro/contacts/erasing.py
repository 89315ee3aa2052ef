"""Erases a contact for good: everything that is stored of it, and what others' records say of it. There is no way back.

First everything that is the contact's own goes, in one transaction with its tombstone and its event; from then on no delivery
brings it back (``tombstones``). Then other contacts' records are looked through for its numbers (``traces``). If that breaks off
the tombstone says so, and it is done again by ``erasures.finish``.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import asyncpg
import structlog

from registerbro.bus import outbox
from registerbro.contacts import tombstones, traces
from registerbro.contacts.erasure_errors import (
    ContactErased,
    ContactMerged,
    ContactUnknown,
    ErasureContended,
    NamedByAnother,
    NotErased,
    OpenCases,
    StillSubscribed,
    VersionOutdated,
)
from registerbro.contacts.groups import REFERENCES
from registerbro.contacts.model import NameType
from registerbro.contacts.persons import NumberKey
from registerbro.contacts.statements import Statements
from registerbro.database import Connection, Pool
from registerbro.events import ContactErased as ErasedEvent
from registerbro.events import ContactUpdated, Event
from registerbro.number_hash import NumberHasher

log = structlog.get_logger()
_SQL = Statements("erasing.sql")
NAMED_BY = "named_by"
# where rows of the contact, or naming it, are taken away: statements by the tables' names, in the order of foreign keys
TABLES = (
    "case_contact", "cpr_wish", "cpr_subscription_attempt", "cpr_order", "cpr_open_call", "cpr_never_subscribed",
    "cpr_reconciliation_difference", "cpr_reconciliation_agreement", "cpr_outcome", "cpr_planned",
    "cpr_approval_person", "service_queue", "cvrupdate_due", "cvrupdate_import",
    "cvrupdate_subscription",
    "dead_letter", "contact_reference", "contact_version", "source_record", "address", "contact_number", "contact",
)  # fmt: skip
# what others who write about the contact at the same time can cause
IN_THE_WAY = (asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError)


class Reason(enum.StrEnum):
    """Why a contact is erased, or may be imported again; a code, because a text might name the person."""

    RETENTION_ENDED = "retention-ended"  # nothing obliges or permits to keep the data any longer
    ON_REQUEST = "on-request"  # the person asked for it (GDPR article 17)
    IMPORTED_BY_MISTAKE = "imported-by-mistake"
    ORDERED = "ordered"  # by an authority or a court
    NEW_CASE = "new-case"  # for lifting: there is a new reason to know the person
    OTHER = "other"  # the audit log's purpose says it


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """Who has a contact erased, and why."""

    by: str
    acting_user: str | None
    reason: str  # a ``Reason``, or another code
    case_reference: str | None = None
    despite_open_cases: bool = False
    is_forced: bool = False  # after a restore: it was erased once, whatever the restored rows say


@dataclasses.dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: rows by table, and ``named_by``, the contacts whose records or history named it.

    Where it is not finished, the latter are still to be done.
    """

    contact_id: int
    version: int
    rows: Mapping[str, int]
    is_finished: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of an erased contact; times in UTC."""

    contact_id: int
    version: int
    erased_at: dt.datetime
    erased_by: str
    acting_user: str | None
    reason: str
    case_reference: str | None
    finished_at: dt.datetime | None
    lifted_at: dt.datetime | None
    lifted_by: str | None
    lifted_for: str | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From the database."""
        return cls(**row)


async def erase_contact(
    connection: Connection,
    contact_id: int,
    version: int | None,
    order: Order,
    *,
    hasher: NumberHasher,
    now: dt.datetime,
) -> Erasure:
    """Erases a contact that was looked at in ``version`` (None: in whatever version). Raises ``ErasureRefused``.

    The connection is in no transaction: when this returns, all of it is committed. ``now`` is UTC.
    """
    gone = await erase_own(connection, contact_id, version, order, hasher=hasher, now=now)
    try:
        named_by = await traces.remove(connection, gone.numbers, gone.ids, now)
        await finish(connection, contact_id, now)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        kind = type(error).__name__
        log.error("traces of an erased contact not removed", contact_id=contact_id, error=kind)
        return Erasure(contact_id, gone.version, gone.rows, is_finished=False)
    return Erasure(contact_id, gone.version, _with(gone.rows, named_by))


async def erase_own(
    connection: Connection,
    contact_id: int,
    version: int | None,
    order: Order,
    *,
    hasher: NumberHasher,
    now: dt.datetime,
) -> "Gone":
    """The first half: what is the contact's own, with tombstone and event; other contacts' records may name it still."""
    try:
        async with connection.transaction():
            return await _erase(connection, contact_id, version, order, hasher, now)
    except IN_THE_WAY:
        raise ErasureContended from None


async def finish(connection: Connection, contact_id: int, now: dt.datetime) -> None:
    """No other contact's records name the erased one any more."""
    await _SQL.run(connection, "finish", contact_id=contact_id, now=now)


def _with(rows: Mapping[str, int], named_by: int) -> dict[str, int]:
    return {**rows, NAMED_BY: named_by} if named_by else dict(rows)


async def preview(
    connection: Connection,
    contact_id: int,
    version: int | None,
    order: Order,
    *,
    hasher: NumberHasher,
    now: dt.datetime,
) -> Erasure:
    """What ``erase_contact`` would do, by doing it and undoing it. Raises ``ErasureRefused``."""
    undone = connection.transaction()
    await undone.start()
    try:
        gone = await _erase(connection, contact_id, version, order, hasher, now)
    except IN_THE_WAY:
        raise ErasureContended from None
    finally:
        await undone.rollback()
    named_by = set(await traces.find(connection, gone.numbers, gone.ids)) - set(gone.ids)
    return Erasure(contact_id, gone.version, _with(gone.rows, len(named_by)))


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Gone:
    """What was a contact's own: the ids that went with it, its CPR numbers, its last version, rows by table."""

    ids: list[int]
    numbers: list[str]
    version: int
    rows: dict[str, int]


async def _erase(
    connection: Connection,
    contact_id: int,
    version: int | None,
    order: Order,
    hasher: NumberHasher,
    now: dt.datetime,
) -> Gone:
    await tombstones.hold_alone(connection)
    stored = await _found(connection, contact_id)
    ids = [row[0] for row in await _SQL.rows(connection, "one_with_it", contact_id=contact_id)]
    relatives = [row[0] for row in await _SQL.rows(connection, "relatives", ids=ids)]
    await _SQL.rows(connection, "lock", ids=sorted((*ids, *relatives)))
    stored = await _found(connection, contact_id)
    keys: list[NumberKey] = [tuple(row) for row in await _SQL.rows(connection, "numbers", ids=ids)]
    persons = [number for name_type, number in keys if name_type == NameType.PERSON]
    if version is not None and stored["version"] != version:
        raise VersionOutdated(stored["version"])
    if not order.is_forced:
        await _check(connection, ids, persons, order)
    erased_version = stored["version"] + 1
    await _entomb(connection, contact_id, erased_version, keys, order, hasher, now)
    renewed = await _SQL.rows(connection, "renew_relatives", ids=ids, now=now)
    orphans = [row[0] for row in await _SQL.rows(connection, "orphans", ids=ids)]
    rows = await _take_away(connection, [*ids, *orphans], persons)
    await outbox.add(connection, _events(contact_id, erased_version, renewed, now))
    return Gone(ids, persons, erased_version, rows)


async def _found(connection: Connection, contact_id: int) -> asyncpg.Record:
    rows = await _SQL.rows(connection, "found", contact_id=contact_id)
    if not rows:
        await require_not_erased(connection, contact_id)
        raise ContactUnknown
    [stored] = rows
    if stored["merged_into"] is not None:
        raise ContactMerged(stored["merged_into"])
    if stored["owner_id"] is not None:
        raise NamedByAnother(stored["owner_id"])
    return stored


async def _check(connection: Connection, ids: Sequence[int], numbers: Sequence[str], order: Order) -> None:
    ties = await _SQL.rows(connection, "ties_to_register", ids=ids, numbers=numbers)
    if ties:
        raise StillSubscribed([row["tie"] for row in ties])
    cases = await _SQL.value(connection, "open_cases", ids=ids)
    if cases and not order.despite_open_cases:
        raise OpenCases(cases)


async def _entomb(
    connection: Connection,
    contact_id: int,
    version: int,
    keys: Iterable[NumberKey],
    order: Order,
    hasher: NumberHasher,
    now: dt.datetime,
) -> None:
    await _SQL.run(
        connection,
        "add_tombstone",
        contact_id=contact_id,
        version=version,
        now=now,
        erased_by=order.by,
        acting_user=order.acting_user,
        reason=str(order.reason),
        case_reference=order.case_reference,
    )
    hashes = [hasher.of(*key) for key in keys]
    await _SQL.run(connection, "add_hashes", contact_id=contact_id, hashes=hashes)


async def _take_away(connection: Connection, ids: Sequence[int], numbers: Sequence[str]) -> dict[str, int]:
    counts = {table: await _SQL.count(connection, table, ids=ids, numbers=numbers) for table in TABLES}
    return {table: rows for table, rows in counts.items() if rows}


def _events(
    contact_id: int, version: int, renewed: Iterable[asyncpg.Record], now: dt.datetime
) -> Iterable[Event]:
    yield Event(ErasedEvent(contact_id, version), time=now)
    for relative, new_version in renewed:
        yield Event(ContactUpdated(relative, new_version, (REFERENCES,)), time=now)


async def current_number(connection: "Connection | Pool", contact_id: int) -> str | None:
    """The CPR number of a person who is there."""
    found: str | None = await _SQL.value(connection, "current_number", contact_id=contact_id)
    return found


async def require_not_erased(connection: "Connection | Pool", contact_id: int) -> None:
    """Raises ``ContactErased`` where the id was an erased contact's: for whoever found no contact of that id."""
    if rows := await _SQL.rows(connection, "tombstone", contact_id=contact_id):
        raise ContactErased(rows[0]["erased_at"])


async def lift(
    connection: "Connection | Pool",
    key: NumberKey,
    *,
    hasher: NumberHasher,
    reason: Reason,
    by: str,
    now: dt.datetime,
) -> int:
    """The person may be imported again, by any number; returns the id that the contact had. Raises ``NotErased``.

    What was erased stays so: an import makes a new contact.
    """
    lifted = await _SQL.value(
        connection, "lift", hashes=[hasher.of(*key)], now=now, lifted_by=by, lifted_for=str(reason)
    )
    if lifted is None:
        raise NotErased
    return int(lifted)


async def page(connection: "Connection | Pool", *, below: int | None, size: int) -> list[Tombstone]:
    """Erased contacts, the latest first; ``below`` is the last id of the page before."""
    return [Tombstone.of(row) for row in await _SQL.rows(connection, "page", below=below, size=size)]
