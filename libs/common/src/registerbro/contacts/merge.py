"""The one merge: the only code that turns what registers deliver into contacts.

``plan`` reads and compares, set by set; ``apply`` does so under locks, and writes changes and their events in one
transaction for the whole chunk. Locks are taken in one order by everybody: contacts by id, then new numbers by number, so
that two merges wait for each other at most; whatever still collides is rolled back and done again from the start.

    MergeFailed           what the store refused, without the values it names
    ├── MergeContended    still in each other's way after several attempts
    ├── StoreGone         the store went away, or is full
    └── ErasedUnknown     persons were erased, and the key is missing that tells whether one of these is among them
    MixedSources          a chunk of more than one register

and ``contact_types.ContactTypeMissing``, where contacts may be created and the store has not their type.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeAlias

import asyncpg
import tenacity

from registerbro import contact_types
from registerbro.contacts import loading, tombstones
from registerbro.contacts.deciding import Plan, decide
from registerbro.contacts.model import SOURCE_CPR, MappedContact, MergePolicy, Result
from registerbro.contacts.persons import NumberKey, Subject, subjects
from registerbro.contacts.state import Contact
from registerbro.contacts.targets import NameKey, Targets
from registerbro.contacts.tombstones import Tombstones
from registerbro.contacts.writing import Overtaken, new_contact_ids, write
from registerbro.database import OUTAGES, Connection, Pool
from registerbro.number_hash import NumberHasher

Also: TypeAlias = Callable[[Connection, Sequence[Result]], Awaitable[None]]
ATTEMPTS = 10
COLLISIONS = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
)


class MergeFailed(Exception):
    """The store refused a chunk; tells the SQLSTATE and the constraint or column, never the values."""

    def __init__(self, sqlstate: str, where: str | None = None) -> None:
        super().__init__(sqlstate, where)
        self.sqlstate = sqlstate
        self.where = where


class MixedSources(ValueError):
    """A chunk holds deliveries of more than one register; carries the registers."""


class MergeContended(MergeFailed):
    """Others were in the way of a chunk at every attempt; it can be tried again later."""


class StoreGone(MergeFailed):
    """The store was shut down, became full or lost the connection; nothing of the chunk is stored, and it can be tried again."""


class ErasedUnknown(MergeFailed):
    """Nothing can be merged without the audit log's key: somebody who was erased might come back."""

    def __init__(self) -> None:
        super().__init__(
            "55000", "erased_number: the audit key is missing"
        )  # object not in prerequisite state


async def apply(
    pool_or_connection: "Pool | Connection",
    mapped: Sequence[MappedContact],
    policy: MergePolicy,
    *,
    now: dt.datetime,
    also: Also | None = None,
    hasher: NumberHasher | None = None,
) -> list[Result]:
    """Merges a chunk of deliveries (one source, up to a few thousand) in one transaction; ``now`` is UTC.

    ``hasher`` is what the numbers of erased persons are known by; ``ErasedUnknown`` where it is needed and missing.
    ``also`` runs in the same transaction after everything is written, with the results in the order of the deliveries. On a
    collision with somebody else all of it, ``also`` included, is rolled back and done again.
    """
    if isinstance(pool_or_connection, asyncpg.Pool):
        async with pool_or_connection.acquire() as connection:
            return await apply(connection, mapped, policy, now=now, also=also, hasher=hasher)
    failure: MergeFailed
    try:
        async for attempt in attempts():
            with attempt:
                return await _apply_once(pool_or_connection, mapped, policy, now, also, hasher)
    except Overtaken:
        failure = MergeContended("40001")
    except COLLISIONS as error:
        failure = MergeContended(error.sqlstate, _where(error))
    except tombstones.HasherMissing:
        failure = ErasedUnknown()
    except OUTAGES as error:
        failure = StoreGone(error.sqlstate)
    except asyncpg.PostgresError as error:
        failure = MergeFailed(error.sqlstate, _where(error))
    raise failure  # outside the handlers: the driver's text, which may name a person's number, is not carried along


async def plan(
    connection: Connection,
    mapped: Sequence[MappedContact],
    policy: MergePolicy,
    *,
    now: dt.datetime | None = None,
    hasher: NumberHasher | None = None,
) -> Plan:
    """What ``apply`` would do with the chunk: reads and compares only, without a lock. New contacts have no id yet."""
    moment = now or dt.datetime.now(dt.UTC)
    try:
        if connection.is_in_transaction():
            return await _plan(connection, mapped, policy, moment, hasher)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _plan(connection, mapped, policy, moment, hasher)
    except tombstones.HasherMissing:
        raise ErasedUnknown from None


async def _plan(
    connection: Connection,
    mapped: Sequence[MappedContact],
    policy: MergePolicy,
    now: dt.datetime,
    hasher: NumberHasher | None,
) -> Plan:
    await _refuse_missing_types(connection, mapped, policy)
    view = await _read(connection, mapped, hasher, is_locked=False)
    made = _decide(view, itertools.count(-1, -1), policy, now)
    made.results = [
        result if (result.contact_id or 0) > 0 else dataclasses.replace(result, contact_id=None)
        for result in made.results
    ]
    return made


def _where(error: asyncpg.PostgresError) -> str | None:
    names = (getattr(error, name, None) for name in ("constraint_name", "column_name", "table_name"))
    return next(filter(None, names), None)


def attempts() -> tenacity.AsyncRetrying:
    """How often what collides with others is done again, each time from the start of its transaction."""
    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type((Overtaken, *COLLISIONS)),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )


async def _apply_once(
    connection: Connection,
    mapped: Sequence[MappedContact],
    policy: MergePolicy,
    now: dt.datetime,
    also: Also | None,
    hasher: NumberHasher | None,
) -> list[Result]:
    async with connection.transaction():
        await _refuse_missing_types(connection, mapped, policy)
        await tombstones.hold(connection)
        view = await _read(connection, mapped, hasher, is_locked=True)
        ids = await new_contact_ids(connection, view.most_new_contacts())
        made = _decide(view, iter(ids), policy, now)
        await write(connection, made, view.source, now)
        await tombstones.extend(connection, made.erased, hasher)
        if also is not None:
            await also(connection, made.results)
    return made.results


async def _refuse_missing_types(
    connection: Connection, mapped: Sequence[MappedContact], policy: MergePolicy
) -> None:
    if policy.may_create:
        own = {each.name_type for each in mapped}
        await contact_types.require_all(
            connection, own | {to.name_type for each in mapped for to in each.references}
        )


@dataclasses.dataclass(slots=True, repr=False)
class _View:
    """What is stored of a chunk."""

    source: str
    subjects: list[Subject]
    numbers: dict[NumberKey, int]
    names: dict[NameKey, int]
    contacts: dict[int, Contact]
    erased: Tombstones

    def most_new_contacts(self) -> int:
        """How many contacts the chunk makes at most: subjects, placeholders and persons without a number."""
        numbers: set[NumberKey] = set()
        names: set[NameKey] = set()
        for place, subject in enumerate(self.subjects):
            owner = subject.contact_ids[0] if len(subject.contact_ids) == 1 else -place
            for _, mapped in subject.deliveries:
                for each in mapped.references:
                    if each.number is None:
                        names.add((owner, each.role, each.name or ""))
                    else:
                        numbers.add((each.name_type, each.number))
        subjects_without = sum(not subject.contact_ids for subject in self.subjects)
        return subjects_without + len(numbers - self.numbers.keys()) + len(names - self.names.keys())


async def _read(
    connection: Connection, chunk: Sequence[MappedContact], hasher: NumberHasher | None, *, is_locked: bool
) -> _View:
    source = _source_of(chunk)
    erased = await tombstones.of_chunk(connection, chunk, hasher)
    mapped = tombstones.without(chunk, erased) if erased else chunk
    numbers = await loading.find_numbers(connection, mapped)
    found = subjects(mapped, numbers)
    if is_locked:
        await loading.lock(connection, (each for subject in found for each in subject.contact_ids))
    contacts = await loading.contacts(connection, found, source)
    if any(contact.merged_into for contact in contacts.values()):
        raise Overtaken
    names = await loading.unnumbered(connection, found)
    return _View(source, found, numbers, names, contacts, erased)


def _decide(view: _View, new_ids: Iterator[int], policy: MergePolicy, now: dt.datetime) -> Plan:
    targets = Targets(view.numbers, view.names, new_ids)
    return decide(view.subjects, view.contacts, targets, policy, now, view.erased)


def _source_of(mapped: Sequence[MappedContact]) -> str:
    sources = {each.source for each in mapped}
    if len(sources) > 1:
        raise MixedSources(*sorted(sources))
    return sources.pop() if sources else SOURCE_CPR
