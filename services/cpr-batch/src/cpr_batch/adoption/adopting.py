"""Takes over a former installation's contacts: through the one merge, in chunks of one transaction each, and only what is new."""

import asyncio
import collections
import csv
import dataclasses
import datetime as dt
import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from registerbro.contacts import loading, merge, tombstones
from registerbro.contacts.model import SOURCE_CPR, MappedContact, MergePolicy, Outcome, Result
from registerbro.contacts.persons import Subject, subjects
from registerbro.contacts.state import Contact
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Connection
from registerbro.jobs import DENMARK

from cpr_batch import journal, locks, store_refusals
from cpr_batch.adoption import mapping, table
from cpr_batch.adoption.table import Fault, LeftAside, Row, Table
from cpr_batch.batch import Batch
from cpr_batch.errors import AdoptionBusy, AdoptionRefused
from cpr_batch.journal import Action
from cpr_batch.progress import Listener, Progress, silent

POLICY = MergePolicy(may_create=True, requires_subscription=False, force_update=False)
REJECTED = "rejected"
_SHOWN = {
    Outcome.CREATED: "created",
    Outcome.FILLED: "filled",
    Outcome.UPDATED: "completed",
    Outcome.UNCHANGED: "completed",
    Outcome.ERASED: "erased",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Adoption:
    """What an adoption did, or would do. ``counts``: rows by outcome, and how many wishes were set."""

    name: str
    as_of: dt.date
    encoding: str
    delimiter: str
    counts: dict[str, int]
    faults: list[Fault]
    error_file: str | None
    is_dry_run: bool


async def adopt(
    batch: Batch,
    path: Path,
    *,
    as_of: dt.date | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    is_dry_run: bool = False,
    progress: Listener = silent,
) -> Adoption:
    """Takes the file over. A bad row is reported and the rest carries on; a second time nothing changes."""
    async with locks.hold(batch.pool, locks.ADOPTIONS) as is_free:
        if not is_free:
            raise AdoptionBusy
        looked = await asyncio.to_thread(table.look, path, encoding=encoding, delimiter=delimiter)
        day = as_of or looked.latest
        if day is None:
            raise AdoptionRefused(
                path.name, "no row has a REGISTER_DATE: say with --as-of from which day the file is"
            )
        adopting = _Adopting(batch, looked, min(day, _today(batch)), is_dry_run)
        await adopting.all(progress)
    error_file = await asyncio.to_thread(write_faults, path, adopting.faults)
    counts = dict(sorted(adopting.counts.items()))
    if not is_dry_run:
        facts: dict[str, Any] = counts
        await journal.note(batch, Action.ADOPTED, file=path.name, **facts)
    return Adoption(
        path.name,
        adopting.as_of,
        looked.encoding.removesuffix("-sig"),
        looked.delimiter,
        counts,
        adopting.faults,
        error_file,
        is_dry_run,
    )


class _Adopting:
    """One run over a file."""

    def __init__(self, batch: Batch, looked: Table, as_of: dt.date, is_dry_run: bool) -> None:
        self._batch = batch
        self._table = looked
        self._is_dry_run = is_dry_run
        self.as_of = as_of
        self.counts: collections.Counter[str] = collections.Counter()
        self.faults: list[Fault] = []

    async def all(self, progress: Listener) -> None:
        """Every row, a chunk at a time."""
        found = table.rows(self._table, _today(self._batch))
        size, done = self._batch.settings.chunk_persons, 0
        while chunk := await asyncio.to_thread(lambda: list(itertools.islice(found, size))):
            self._set_aside(chunk)
            rows = [row for row in chunk if isinstance(row, Row)]
            if rows:
                await self._chunk(rows)
            done += len(chunk)
            progress(Progress(self._table.path.name, "rows", done, self._table.rows))

    def _set_aside(self, chunk: Iterable[Row | LeftAside | Fault]) -> None:
        for row in chunk:
            if isinstance(row, LeftAside):
                self.counts[row.reason] += 1
            elif isinstance(row, Fault):
                self.counts[REJECTED] += 1
                self.faults.append(row)

    async def _chunk(self, rows: list[Row]) -> None:
        """Locks the contacts that are there before it looks what they lack, so that nobody fills it meanwhile."""
        async with self._batch.pool.acquire() as connection, connection.transaction():
            await tombstones.hold(connection)
            wanted = [mapping.data(row) for row in rows]
            numbers = await loading.find_numbers(connection, wanted)
            found = subjects(wanted, numbers)
            if not self._is_dry_run:
                await loading.lock(connection, (each for subject in found for each in subject.contact_ids))
            contacts = await loading.contacts(connection, found, SOURCE_CPR)
            stored = _by_row(found, contacts)
            deliveries, places = self._deliveries(rows, wanted, stored)
            results = await self._merge(connection, deliveries)
            outcomes = [
                _outcome([results[each] for each in place], stored[index])
                for index, place in enumerate(places)
            ]
            wishes = await self._wish(connection, rows, outcomes, contacts)
        self.counts.update(shown for shown, _ in outcomes)
        self.counts["wishes"] += wishes

    def _deliveries(
        self, rows: Sequence[Row], wanted: Sequence[MappedContact], stored: Mapping[int, list[Contact]]
    ) -> tuple[list[MappedContact], list[list[int]]]:
        """What goes to the merge, and for each row the places of its deliveries in it."""
        deliveries: list[MappedContact] = []
        places = []
        is_told = "SRC_SUBSCRIBED" in self._table.columns
        for index, row in enumerate(rows):
            own = (
                mapping.completing(wanted[index], stored[index]),
                mapping.subscription(row, self.as_of, is_told=is_told),
            )
            first = len(deliveries)
            deliveries += [each for each in own if each is not None]
            places.append(list(range(first, len(deliveries))))
        return deliveries, places

    async def _merge(self, connection: Connection, deliveries: list[MappedContact]) -> Sequence[Result]:
        now, hasher = self._batch.now(), self._batch.hasher
        with store_refusals.told_of(self._table.path.name):
            if self._is_dry_run:
                return (await merge.plan(connection, deliveries, POLICY, now=now, hasher=hasher)).results
            return await merge.apply(connection, deliveries, POLICY, now=now, hasher=hasher)

    async def _wish(
        self,
        connection: Connection,
        rows: Sequence[Row],
        outcomes: Sequence[tuple[str, int | None]],
        contacts: Mapping[int, Contact],
    ) -> int:
        """Wishes where there is none yet: who decided here in the meantime is not overruled."""
        wishes = {
            contact_id if contact_id is not None else -index: row.values["SUBSCRIBED"]
            for index, (row, (_, contact_id)) in enumerate(zip(rows, outcomes, strict=True))
            if "SUBSCRIBED" in row.values
        }
        if self._is_dry_run:
            return sum(_is_without_wish(contacts.get(contact_id)) for contact_id in wishes)
        return len(await set_wishes(connection, wishes, keeps_others=True))


def write_faults(path: Path, faults: Sequence[Fault]) -> str | None:
    """The file ``<file>.errors.csv`` beside the other; none where nothing was wrong, now and before."""
    target = path.with_name(f"{path.name}.errors.csv")
    if not faults and not target.exists():
        return None
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(("line", "column", "value", "reason"))
            writer.writerows(dataclasses.astuple(fault) for fault in faults)
    except OSError:
        return None  # the directory is somebody else's: the faults are told all the same
    return target.name


def _today(batch: Batch) -> dt.date:
    return batch.now().astimezone(DENMARK).date()


def _by_row(found: Iterable[Subject], contacts: Mapping[int, Contact]) -> dict[int, list[Contact]]:
    return {
        index: [contacts[each] for each in subject.contact_ids]
        for subject in found
        for index, _ in subject.deliveries
    }


def _outcome(results: Sequence[Result], stored: Sequence[Contact]) -> tuple[str, int | None]:
    """How a row is counted, and its contact."""
    contact_id = next((result.contact_id for result in results if result.contact_id is not None), None)
    if contact_id is None and stored:
        contact_id = stored[0].contact_id
    shown = next((_SHOWN[result.outcome] for result in results if result.outcome in _SHOWN), "unchanged")
    return shown, contact_id


def _is_without_wish(contact: Contact | None) -> bool:
    return contact is None or contact.source is None or contact.source.subscribed is None
