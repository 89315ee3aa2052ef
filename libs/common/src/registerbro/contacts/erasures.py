"""All erasures at once: kept beside backups, done again after a restore, finished where one broke off, checked.

A restored database knows nothing of what was erased after it was dumped. The file of erasures, made by ``export`` beside each
backup, brings the tombstones back; then every stored number is hashed, and who is found among them is erased once more.
"""

import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from registerbro.contacts import erasing, tombstones, traces
from registerbro.contacts.erasing import Order, Tombstone
from registerbro.contacts.erasure_errors import ContactErased, ContactUnknown
from registerbro.contacts.statements import Statements
from registerbro.database import Connection
from registerbro.number_hash import NumberHasher

_SQL = Statements("erasures.sql")
FORMAT = "registerbro erasures 1"
_PROBE = ("", FORMAT)  # hashed, it tells whether a file was written with the same key
AFTER_RESTORE = "after-restore"  # the reason of what is erased once more
PREFETCH = 5000


class FileRefused(ValueError):
    """A file that is none of erasures, or of another key; carries the line, from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """How the store stands to its tombstones."""

    erased: int
    unfinished: int  # others' records may still name them
    present: int  # contacts that have an erased number: something came back

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.unfinished or self.present)


@dataclasses.dataclass(frozen=True, slots=True)
class Applied:
    """What a file of erasures did."""

    tombstones: int
    erased: int  # contacts that had come back
    named_by: int  # contacts whose records or history named an erased one


async def export(connection: Connection, hasher: NumberHasher) -> AsyncIterator[str]:
    """The lines of a file that tells which contacts were erased: ids, hashes and reasons, nobody's number or name."""
    yield json.dumps({"format": FORMAT, "key": hasher.of(*_PROBE).hex()})
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in connection.cursor(_SQL.sql("all_tombstones"), prefetch=PREFETCH):
            hashes = [each.hex() for each in row["hashes"]]
            yield json.dumps({**row, "hashes": hashes}, default=dt.datetime.isoformat)


async def apply(
    connection: Connection, lines: Iterable[str], *, hasher: NumberHasher, by: str, now: dt.datetime
) -> Applied:
    """Takes a file's tombstones over and erases whoever is there all the same. Safe to repeat. Raises ``FileRefused``.

    No contact of an id that an erased one had is touched unless it has its number, or is as old as the erased one.
    """
    entries = list(_entries(lines, hasher))
    async with connection.transaction():
        await tombstones.hold_alone(connection)
        for tombstone, hashes in entries:
            await _SQL.run(connection, "take_over", **dataclasses.asdict(tombstone), hashes=hashes)
        await _SQL.run(connection, "keep_ids")
    erased = await _erase_present(connection, hasher, by, now)
    return Applied(len(entries), erased, await finish(connection, hasher, now=now))


async def finish(connection: Connection, hasher: NumberHasher, *, now: dt.datetime) -> int:
    """Takes out whatever names an erased person in others' records; how many contacts named one."""
    named_by = await traces.remove_all(connection, hasher, now)
    await _SQL.run(connection, "finish_all", now=now)
    return named_by


async def unfinished(connection: Connection) -> int:
    """How many erasures broke off."""
    return int(await _SQL.value(connection, "unfinished"))


async def check(connection: Connection, hasher: NumberHasher) -> Check:
    """Looks whether anybody is there who was erased: every stored number is hashed."""
    present = len(await _present(connection, hasher))
    erased = await _SQL.value(connection, "erased")
    return Check(erased, await unfinished(connection), present)


async def _present(connection: Connection, hasher: NumberHasher) -> list[int]:
    hashes = {row[0] for row in await _SQL.rows(connection, "hashes")}
    found = {row[0] for row in await _SQL.rows(connection, "present_by_id")}
    if hashes:
        async with connection.transaction():
            async for name_type, number, contact_id in connection.cursor(
                _SQL.sql("all_numbers"), prefetch=PREFETCH
            ):
                if hasher.of(name_type, number) in hashes:
                    found.add(contact_id)
    return sorted(found)


async def _erase_present(connection: Connection, hasher: NumberHasher, by: str, now: dt.datetime) -> int:
    order = Order(by, None, AFTER_RESTORE, is_forced=True)
    present = await _present(connection, hasher)
    for contact_id in present:
        with contextlib.suppress(ContactErased, ContactUnknown):  # it went with one before it
            await erasing.erase_own(connection, contact_id, None, order, hasher=hasher, now=now)
    return len(present)


def _entries(lines: Iterable[str], hasher: NumberHasher) -> Iterator[tuple[Tombstone, list[bytes]]]:
    for number, line in enumerate(lines, start=1):
        try:
            entry: dict[str, Any] = json.loads(line)
            if number == 1:
                _check_head(entry, hasher)
                continue
            hashes = [bytes.fromhex(each) for each in entry.pop("hashes")]
            yield _tombstone(entry), hashes
        except FileRefused:
            raise
        except (ValueError, TypeError, KeyError, AttributeError):
            raise FileRefused(number, "no erasure as this version writes it") from None


def _check_head(entry: dict[str, Any], hasher: NumberHasher) -> None:
    if entry.get("format") != FORMAT:
        raise FileRefused(1, f"the file does not begin as '{FORMAT}' does")
    if entry.get("key") != hasher.of(*_PROBE).hex():
        raise FileRefused(1, "the file was written with another audit key")


def _tombstone(entry: dict[str, Any]) -> Tombstone:
    times = {
        name: value and dt.datetime.fromisoformat(value)
        for name, value in entry.items()
        if name.endswith("_at")
    }
    return Tombstone(**{**entry, **times})
