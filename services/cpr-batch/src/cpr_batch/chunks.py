"""A file in chunks of mapped persons, read in a thread while the chunk before is being written."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncGenerator
from pathlib import Path

import structlog
from registerbro.contacts.model import MappedContact
from registerbro.cpr import reader
from registerbro.cpr.mapping import MappingContext, map_person, map_receipt
from registerbro.cpr.reader import FileSummary, PersonRecords, Problem, Severity, SubscriptionEnded

from cpr_batch.interim import faults
from cpr_batch.orders import answers
from cpr_batch.orders.answers import Answer

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Chunk:
    """Persons for one transaction, and what was wrong on the way to them. ``ordinals`` are their places in the file."""

    ordinals: tuple[int, ...]
    mapped: tuple[MappedContact, ...]
    problems: tuple[Problem, ...]
    are_receipts: bool  # they say only that a subscription has ended
    lines: tuple[int, ...]  # where each person's first record stands
    faults: tuple[tuple[int, int], ...]  # lines of records that were rejected, and whose they are
    answers: tuple[Answer, ...] = ()  # to our orders


class ChunkReader:
    """Takes chunks off a file; not to be used by two threads at once."""

    def __init__(self, path: Path, summary: FileSummary, context: MappingContext, size: int) -> None:
        self._path = path
        self._context = context
        self._size = size
        self._problems: list[Problem] = []
        self._answers: list[Answer] = []
        self._items = reader.persons(path, summary, self._problems.append, path.parent)
        self._next: PersonRecords | SubscriptionEnded | None = None
        self._is_at_end = False

    def take(self) -> Chunk | None:
        """The next chunk, None at the end of the file."""
        with faults(self._path):
            return self._take()

    def close(self) -> None:
        """Lets go of the file."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()

    def _take(self) -> Chunk | None:
        ordinals: list[int] = []
        mapped: list[MappedContact] = []
        lines: list[int] = []
        faults: list[tuple[int, int]] = []
        are_receipts = isinstance(self._peek(), SubscriptionEnded)
        while len(mapped) < self._size and (item := self._peek()):
            if isinstance(item, SubscriptionEnded) is not are_receipts:
                break
            self._next = None
            self._answers += answers.of_item(item)
            faults += _faults(item)
            if contact := self._map(item):
                lines.append(_line(item))
                ordinals.append(item.ordinal)
                mapped.append(contact)
            else:
                faults.append((_line(item), item.ordinal))
        if not (mapped or self._problems or faults):
            return None
        problems, said = tuple(self._problems), (*self._answers, *answers.of_problems(self._problems))
        self._problems.clear()
        self._answers.clear()
        return Chunk(
            tuple(ordinals), tuple(mapped), problems, are_receipts, tuple(lines), tuple(faults), said
        )

    def _peek(self) -> PersonRecords | SubscriptionEnded | None:
        if self._next is None and not self._is_at_end:
            self._next = next(self._items, None)
            self._is_at_end = self._next is None
        return self._next

    def _map(self, item: PersonRecords | SubscriptionEnded) -> MappedContact | None:
        """The contact; a person whom the mapping cannot take is reported and left out, the others go on."""
        try:
            if isinstance(item, SubscriptionEnded):
                return map_receipt(item, context=self._context)
            return map_person(item, context=self._context)
        except Exception as error:
            line = _line(item)
            # not the exception's text: it may tell data
            log.error("person not mapped", line=line, error=type(error).__name__)
            reason = f"this person cannot be mapped ({type(error).__name__})"
            self._problems.append(Problem(Severity.REJECTED, line, None, None, None, reason))
            return None


def _line(item: PersonRecords | SubscriptionEnded) -> int:
    return (item.record if isinstance(item, SubscriptionEnded) else item.records[0]).line


def _faults(item: PersonRecords | SubscriptionEnded) -> list[tuple[int, int]]:
    lines = () if isinstance(item, SubscriptionEnded) else item.rejected_lines
    return [(line, item.ordinal) for line in lines]


async def read_ahead(chunks: ChunkReader) -> AsyncGenerator[Chunk, None]:
    """The chunks in order; the next one is read while the caller works on this one."""
    pending = asyncio.ensure_future(asyncio.to_thread(chunks.take))
    try:
        while chunk := await asyncio.shield(pending):
            pending = asyncio.ensure_future(asyncio.to_thread(chunks.take))
            yield chunk
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([pending])
        chunks.close()
