"""The brake: a file that would end or blank too large a share of the persons that it can change stops and asks.

The base of the share is not the store (a small file may blank everybody in it) and not the file (most of its persons may be
none of ours): it is the persons of the file whose stored data it could change. A file is planned, which costs about half an
import, only if what the scan counted leaves the answer open, and only until the answer is certain.
"""

import array
import contextlib
import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import aiosql
from registerbro.contacts.model import MappedContact, Outcome, Result

from cpr_batch.batch import Batch
from cpr_batch.chunks import Chunk
from cpr_batch.reading import FileReading
from cpr_batch.settings import BrakeSettings

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "approvals.sql", "asyncpg")
_OURS = frozenset({Outcome.UPDATED, Outcome.UNCHANGED, Outcome.LINKED})
_NAMES = ("name1", "name2")


@dataclasses.dataclass
class Tally:
    """Persons and endings of the chunks that were planned. Sixteen bytes for each ending: a whole country fits."""

    settings: BrakeSettings
    persons: int = 0
    ordinals: "array.array[int]" = dataclasses.field(default_factory=lambda: array.array("q"))
    contact_ids: "array.array[int]" = dataclasses.field(default_factory=lambda: array.array("q"))

    def add(self, chunk: Chunk, results: Sequence[Result]) -> None:
        """Counts a chunk; who is new, left aside or not newer cannot be ended and counts for nothing."""
        for ordinal, result in zip(chunk.ordinals, results, strict=True):
            if result.contact_id is None:
                continue
            self.persons += result.is_ending or result.outcome in _OURS
            if result.is_ending:
                self.ordinals.append(ordinal)
                self.contact_ids.append(result.contact_id)

    @property
    def endings(self) -> int:
        """How many of the persons would get an end date, or lose their name or main address."""
        return len(self.contact_ids)

    @property
    def most(self) -> int:
        """How many endings pass."""
        return self._most(self.persons)

    @property
    def holds(self) -> bool:
        """Whether the file stops."""
        return self.endings > self.most

    def passes_with(self, more: int) -> bool:
        """Whether the file passes even if each of so many further persons is ended."""
        return self.endings + more <= self._most(self.persons + more)

    def _most(self, persons: int) -> int:
        return max(self.settings.least - 1, int(Decimal(str(self.settings.share)) * persons))


async def check(batch: Batch, reading: FileReading) -> Tally | None:
    """What the file would do if that is too much; None if it passes. Writes nothing."""
    tally = Tally(batch.settings.brake)
    left, persons = reading.summary.could_end, reading.summary.persons
    if tally.passes_with(left) or not await SQL.holds_anybody(batch.pool):
        return None
    async with contextlib.aclosing(reading.plans(batch.pool, batch.now())) as plans:
        async for chunk, results in plans:
            tally.add(chunk, results)
            left -= sum(map(could_end, chunk.mapped))
            persons -= len(chunk.mapped)
            if tally.passes_with(max(0, min(left, persons))):
                return None
    return tally if tally.holds else None


def could_end(mapped: MappedContact) -> bool:
    """Whether a delivery can end or blank a person, whatever is stored: what a scan counts, as the mapping sees it."""
    return (
        mapped.fields.get("end_date") is not None
        or ("address:HA" in mapped.delivers and "HA" not in mapped.addresses)
        or any(name in mapped.delivers and not mapped.fields.get(name) for name in _NAMES)
        or mapped.current_number is not None
        or bool(mapped.former_numbers)
    )
