"""Reads what the store has of the contacts of a chunk, a table at a time."""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from registerbro.contacts.delivering import NOTHING_SAID
from registerbro.contacts.layers import COLUMNS, Layer, Rank, Scope, from_stored, scope_of
from registerbro.contacts.model import Channel, MappedContact, RegisterTime
from registerbro.contacts.persons import NumberKey, Subject, own_numbers
from registerbro.contacts.state import (
    Address,
    Contact,
    Numbering,
    Reference,
    SourceState,
    Subscription,
)
from registerbro.contacts.statements import Statements
from registerbro.contacts.targets import NameKey
from registerbro.database import Connection

_SQL = Statements("load.sql")


async def find_numbers(connection: Connection, chunk: Sequence[MappedContact]) -> dict[NumberKey, int]:
    """Whose the numbers are that a chunk is about or refers to, as far as they are stored."""
    keys = {(mapped.name_type, number) for mapped in chunk for number in own_numbers(mapped)}
    keys |= {
        (each.name_type, each.number)
        for mapped in chunk
        for each in mapped.references
        if each.number is not None
    }
    if not keys:
        return {}
    name_types, numbers = zip(*keys, strict=True)
    rows = await _SQL.rows(connection, "find_numbers", name_types=name_types, numbers=numbers)
    return {(name_type, number): contact_id for name_type, number, contact_id in rows}


async def lock(connection: Connection, contact_ids: Iterable[int]) -> None:
    """Waits until nobody else changes these contacts, and keeps others from it until the transaction ends."""
    await _SQL.run(connection, "lock_contacts", ids=sorted(contact_ids))


async def contacts(connection: Connection, subjects: Sequence[Subject], source: str) -> dict[int, Contact]:
    """The contacts of the subjects, with what the merge compares."""
    mentioned = {each: subject.mentioned() for subject in subjects for each in subject.contact_ids}
    joining = [each for subject in subjects if len(subject.contact_ids) > 1 for each in subject.contact_ids]

    def is_renumbered(contact_id: int, name_code: str | None) -> bool:
        return mentioned[contact_id] != {name_code} or contact_id in joining

    return await read(connection, list(mentioned), source, joining, is_renumbered)


async def whole_contact(connection: Connection, contact_id: int, source: str) -> Contact | None:
    """One contact with everything that it has."""
    found = await read(connection, [contact_id], source, [contact_id], lambda *_: True)
    return found.get(contact_id)


async def read(
    connection: Connection,
    ids: Sequence[int],
    source: str,
    with_former_addresses: Sequence[int],
    has_former_numbers: Callable[[int, str | None], bool],
) -> dict[int, Contact]:
    """Contacts by id; former addresses and former numbers only of those that are named."""
    if not ids:
        return {}
    rows = await _SQL.rows(connection, "read_contacts", ids=ids)
    names = {row["contact_id"]: row["name_code"] for row in rows}
    addresses = await _addresses(connection, ids, with_former_addresses)
    references = await _references(connection, ids)
    sources = await _sources(connection, names, source)
    former = await _former_numbers(
        connection, [each for each in ids if has_former_numbers(each, names.get(each))]
    )
    return {
        row["contact_id"]: Contact(
            contact_id=row["contact_id"],
            name_type=row["name_type"],
            name_code=row["name_code"],
            version=row["version"],
            is_placeholder=row["is_placeholder"],
            fields={name: row[name] for name in COLUMNS},
            info=row["info"],
            dates=row["dates"],
            protections=row["protections"],
            addresses=tuple(addresses.get(row["contact_id"], ())),
            references=references.get(row["contact_id"], {}),
            former_numbers=frozenset(former.get(row["contact_id"], ())),
            hand_edited=frozenset(row["hand_edited"]),
            source=sources.get(row["contact_id"]),
            merged_into=row["merged_into"],
        )
        for row in rows
    }


async def unnumbered(connection: Connection, subjects: Sequence[Subject]) -> dict[NameKey, int]:
    """The persons without a number that the subjects have, as far as they may matter."""
    owners = [
        contact_id
        for subject in subjects
        if len(subject.contact_ids) > 1 or _names_somebody(subject)
        for contact_id in subject.contact_ids
    ]
    if not owners:
        return {}
    rows = await _SQL.rows(connection, "read_unnumbered", owner_ids=owners)
    return {(owner, role, name): contact_id for owner, role, name, contact_id in rows}


def _names_somebody(subject: Subject) -> bool:
    return any(each.number is None for _, mapped in subject.deliveries for each in mapped.references)


async def _addresses(
    connection: Connection, ids: Sequence[int], with_former: Sequence[int]
) -> dict[int, list[Address]]:
    found = defaultdict(list)
    for row in await _SQL.rows(connection, "read_addresses", ids=ids, with_former_ids=with_former):
        found[row["contact_id"]].append(Address(*row))
    return found


async def _references(
    connection: Connection, ids: Sequence[int]
) -> dict[int, dict[tuple[str, int], Reference]]:
    found: dict[int, dict[tuple[str, int], Reference]] = defaultdict(dict)
    for row in await _SQL.rows(connection, "read_references", ids=ids):
        reference = Reference(*row)
        found[reference.contact_id][reference.key] = reference
    return found


async def _former_numbers(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    found = defaultdict(list)
    if ids:
        for contact_id, number in await _SQL.rows(connection, "read_former_numbers", ids=ids):
            found[contact_id].append(number)
    return found


async def _sources(
    connection: Connection, name_codes: dict[int, str | None], source: str
) -> dict[int, SourceState]:
    ids = list(name_codes)
    rows = await _SQL.rows(connection, "read_source_records", ids=ids, source=source)
    scopes = await _scopes(connection, {row["scope_id"] for row in rows})
    return {
        row["contact_id"]: _source_state(row, scopes[row["scope_id"]], name_codes[row["contact_id"]])
        for row in rows
    }


async def _scopes(connection: Connection, ids: set[int]) -> dict[int, Scope]:
    if not ids:
        return {}
    rows = await _SQL.rows(connection, "read_scopes", ids=list(ids))
    return {scope_id: scope_of(frozenset(keys)) for scope_id, keys in rows}


@functools.lru_cache(maxsize=1024)
def _register_time(date: dt.date, channel: int, task: str, fetched: dt.datetime) -> tuple[RegisterTime, str]:
    """A register time and its key: many contacts have the same one."""
    time = RegisterTime(date, Channel(channel), task, fetched)
    return time, time.key


def _source_state(row: Any, scope: Scope, name_code: str | None) -> SourceState:
    time, key = _register_time(
        row["register_date"], row["register_channel"], row["register_task"], row["register_fetched"]
    )
    return SourceState(
        layers=(
            Layer(Rank(row["is_full"], time, row["delivered_number"]), scope),
            *from_stored(row["older"]),
        ),
        numbering=Numbering(row["numbered_as_of"] or key, name_code or row["delivered_number"]),
        subscription=Subscription(row["subscription_as_of"] or NOTHING_SAID, row["src_subscribed"]),
        subscribed=row["subscribed"],
        records=row["records"],
        digest=row["digest"],
        last_delivered_at=row["last_delivered_at"],
        last_changed_at=row["last_changed_at"],
    )
