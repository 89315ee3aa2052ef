"""Puts the records of each person together: at once where they stand together, through bucket files where not.

A record 001 begins a person. Stragglers, which follow the records of others, belong to the person of the same number;
a record whose number cannot be read belongs to the person it stands among, or, in a file with stragglers, to nobody
knows whom: there its type counts as not delivered for its neighbours and for all who have no record of that type.
"""

import contextlib
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.records import PersonRecords, Record
from registerbro.cpr.refusals import Problem, Severity
from registerbro.cpr.writer import ENCODING

BUCKET_BYTES = 4 << 20  # some 14 MB once it is read into records
MOST_BUCKETS = 512  # each keeps a file open

Report = Callable[[Problem], object]


class Checked(NamedTuple):
    """A record after its check: ``number`` is empty where it cannot be read, ``ordinal`` counts the records 001, zero for others."""

    number: str
    ordinal: int
    accepted: bool
    record: Record


class _Group:
    """The records of one person as they come in."""

    __slots__ = ("number", "ordinal", "records", "rejected", "rejected_lines")

    def __init__(self, number: str, ordinal: int) -> None:
        self.number = number
        self.ordinal = ordinal
        self.records: list[Record] = []
        self.rejected: set[str] = set()
        self.rejected_lines: list[int] = []

    def add(self, checked: Checked) -> None:
        if checked.accepted:
            self.records.append(checked.record)
        else:
            self.rejected.add(checked.record.type)
            self.rejected_lines.append(checked.record.line)

    def finish(self, report: Report, unreadable_owner: frozenset[str] = frozenset()) -> PersonRecords | None:
        records = self.records
        records.sort(key=_type_of)  # stable: in the order of the file within a type
        if not records or records[0].type != "001":
            self._report_loss(report)
            return None
        if unreadable_owner:
            self.rejected |= unreadable_owner.difference(record.type for record in records)
        return PersonRecords(
            self.ordinal,
            CprNumber(self.number),
            records,
            frozenset(self.rejected),
            tuple(self.rejected_lines),
        )

    def _report_loss(self, report: Report) -> None:
        reason = (
            "record 001 was rejected: nothing of this person is used"
            if "001" in self.rejected
            else "record 001 is missing: nothing of this person is used"
        )
        for record in self.records[:1]:
            report(Problem(Severity.REJECTED, record.line, record.offset, record.type, None, reason))


def _type_of(record: Record) -> str:
    return record.type


def group_contiguous(records: Iterable[Checked], report: Report) -> Iterator[PersonRecords]:
    """Persons of a file in which each person's records stand together, in the order of the file."""
    group = _Group("", 0)
    for checked in records:
        if checked.record.type == "001" or (checked.number != group.number and checked.number):
            if person := group.finish(report):
                yield person
            group = _Group(checked.number, checked.ordinal)
        if group.number:
            group.add(checked)
    if person := group.finish(report):
        yield person


def group_by_buckets(
    records: Iterable[Checked],
    report: Report,
    *,
    directory: Path,
    file_size: int,
    unreadable_owner: frozenset[str],
) -> Iterator[PersonRecords]:
    """Persons of a file with stragglers, in an order that only the file decides.

    The bucket files are readable by this user alone and have no name: nothing of them is left behind, whatever happens.
    """
    count = min(max(1, -(-file_size // BUCKET_BYTES)), MOST_BUCKETS)
    with contextlib.ExitStack() as stack:
        buckets = [
            stack.enter_context(tempfile.TemporaryFile(dir=directory, buffering=1 << 14))
            for _ in range(count)
        ]
        for number, checked in _attributed(records):
            _put(buckets[int(number) % count], number, checked)
        for bucket in buckets:
            for group in _groups_in(bucket):
                if person := group.finish(report, unreadable_owner):
                    yield person


def _attributed(records: Iterable[Checked]) -> Iterator[tuple[str, Checked]]:
    """Each record with the number it counts for; a rejected one without a number counts for both its neighbours."""
    number = ""
    pending: list[Checked] = []
    for checked in records:
        if checked.number:
            if checked.number != number and pending:
                yield from ((checked.number, each) for each in pending)
            number = checked.number
            pending.clear()
            yield number, checked
        elif checked.record.type != "001":
            pending.append(checked)
            if number:
                yield number, checked


_ENTRY = struct.Struct("<IIQ?H")  # ordinal, line, offset, accepted, length of the text


def _put(bucket: IO[bytes], number: str, checked: Checked) -> None:
    _, ordinal, accepted, record = checked
    text = record.text if accepted else record.type + number
    data = text.encode(ENCODING)
    bucket.write(_ENTRY.pack(ordinal, record.line, record.offset, accepted, len(data)) + data)


def _groups_in(bucket: IO[bytes]) -> Iterable[_Group]:
    """The groups of one bucket: by number, and a new one from each 001 on."""
    by_number: dict[str, list[_Group]] = {}
    for checked in _entries(bucket):
        number = checked.number
        groups = by_number.get(number)
        if groups is None:
            groups = by_number[number] = [_Group(number, 0)]
        if checked.ordinal:
            if groups[-1].ordinal:
                groups.append(_Group(number, 0))
            groups[-1].ordinal = checked.ordinal
        groups[-1].add(checked)
    for groups in by_number.values():
        yield from groups


def _entries(bucket: IO[bytes]) -> Iterator[Checked]:
    bucket.seek(0)
    data = bucket.read()
    position, end = 0, len(data)
    while position < end:
        ordinal, line, offset, accepted, length = _ENTRY.unpack_from(data, position)
        start = position + _ENTRY.size
        position = start + length
        text = data[start:position].decode(ENCODING)
        yield Checked(text[3:13], ordinal, accepted, Record(text[:3], line, offset, text))
