"""What the merge needs to know of persons who were erased: they do not come back, and nobody's relatives name them.

Whoever stores contacts first calls ``hold`` in the transaction: an erasure waits until it ends, and what begins after the
erasure sees its tombstone. So a number is erased or it is stored, whatever runs at the same time.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, Set

from registerbro.contacts.model import SOURCE_CPR, MappedContact, NameType
from registerbro.contacts.persons import NumberKey, own_numbers
from registerbro.contacts.statements import Statements
from registerbro.cpr.mapping import records_digest
from registerbro.cpr.redacting import relatives_numbers, without_relatives
from registerbro.database import Connection, Pool
from registerbro.number_hash import NumberHasher

_SQL = Statements("tombstones.sql")
Tombstones = Mapping[NumberKey, int]  # erased numbers, and the id that their contact had


class HasherMissing(Exception):
    """Persons were erased, and this process was not told the key that their numbers are hashed with."""


async def hold(connection: Connection) -> None:
    """No erasure begins before the transaction ends; waits for one that is under way."""
    await _SQL.run(connection, "hold")


async def hold_alone(connection: Connection) -> None:
    """For an erasure: waits until nobody stores contacts, and lets nobody begin to before the transaction ends."""
    await _SQL.run(connection, "hold_alone")


async def is_erased(
    store: "Connection | Pool", name_type: str, numbers: Iterable[str], hasher: NumberHasher | None
) -> bool:
    """Whether one of the numbers is an erased person's. Call ``hold`` before where a contact is to be stored.

    Raises ``HasherMissing``.
    """
    return bool(await among(store, {(name_type, number) for number in numbers}, hasher))


async def among(
    store: "Connection | Pool", keys: Iterable[NumberKey], hasher: NumberHasher | None
) -> Tombstones:
    """Those of the numbers that are erased. Raises ``HasherMissing``."""
    if not await _SQL.value(store, "are_there"):
        return {}
    if hasher is None:
        raise HasherMissing
    hashes = {hasher.of(*key): key for key in keys}
    rows = await _SQL.rows(store, "find", hashes=list(hashes))
    return {hashes[number_hash]: contact_id for number_hash, contact_id in rows}


async def of_chunk(
    connection: Connection, chunk: Sequence[MappedContact], hasher: NumberHasher | None
) -> Tombstones:
    """The erased numbers among those that a chunk is about or names. Raises ``HasherMissing``."""
    return await among(connection, (key for mapped in chunk for key in _keys(mapped)), hasher)


async def extend(connection: Connection, found: Mapping[NumberKey, int], hasher: NumberHasher | None) -> None:
    """Further numbers of erased persons, as a register told them; by number the contact that was erased."""
    if found and hasher is not None:
        hashes = [hasher.of(*key) for key in found]
        await _SQL.run(connection, "extend", hashes=hashes, contact_ids=list(found.values()))


def without(chunk: Sequence[MappedContact], erased: Tombstones) -> list[MappedContact]:
    """The deliveries without what they say of erased relatives, in references and in records."""
    persons = {number for name_type, number in erased if name_type == NameType.PERSON}
    return [_without(mapped, erased, persons) for mapped in chunk]


def _without(mapped: MappedContact, erased: Tombstones, persons: Set[str]) -> MappedContact:
    references = tuple(each for each in mapped.references if (each.name_type, each.number) not in erased)
    records = mapped.records
    if mapped.source == SOURCE_CPR:
        records = without_relatives(records, persons.__contains__)
    if records is not mapped.records:
        digest = records_digest(records.split("\n"))
        return dataclasses.replace(mapped, references=references, records=records, digest=digest)
    if len(references) < len(mapped.references):
        return dataclasses.replace(mapped, references=references)
    return mapped


def _keys(mapped: MappedContact) -> Iterable[NumberKey]:
    yield from ((mapped.name_type, number) for number in own_numbers(mapped))
    yield from ((each.name_type, each.number) for each in mapped.references if each.number is not None)
    if mapped.source == SOURCE_CPR:
        yield from ((NameType.PERSON, number) for number in relatives_numbers(mapped.records))
