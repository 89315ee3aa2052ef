"""A file as a person can read it, whether it can be imported or not: what it is, and what it says of somebody.

Of a damaged file that is shown which can be read, with the place from which it cannot.
"""

import collections
import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from registerbro.cpr.framing import FORM_WINDOW, RawRecord, form_of, raw_records
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber
from registerbro.cpr.reader import FileRefused, FileSummary, Problem, Severity, persons, scan
from registerbro.cpr.scanning import OF_NO_PERSON
from registerbro.cpr.writer import ENCODING, Form

MOST_PROBLEMS = 100
PERSON = b"001"
UNKNOWN = "???"


@dataclasses.dataclass(frozen=True)
class FileLook:
    """A file as a whole. ``summary`` is None where it would be refused; ``counts`` are of what can be read then."""

    path: Path
    form: Form
    counts: dict[str, int]
    summary: FileSummary | None
    refusal: FileRefused | None
    problems: list[Problem]  # the first ones
    problem_count: int

    @property
    def persons(self) -> int:
        """How many records 001 there are."""
        return self.counts.get("001", 0)


@dataclasses.dataclass(frozen=True)
class PersonLook:
    """What a file says of one person; ``ordinal`` is the place of the first record 001 with the number, from 1."""

    ordinal: int
    number: CprNumber | None
    records: list[RawRecord]

    @property
    def texts(self) -> list[str]:
        """The records as text."""
        return [record.data.decode(ENCODING) for record in self.records]


def look_at(path: Path) -> FileLook:
    """Reads the file to its end, or as far as it can be read."""
    form = _form(path)
    try:
        summary = scan(path)
    except FileRefused as refusal:
        counts = collections.Counter(_shown_type(record.data) for record in _records(path))
        problem = Problem(Severity.REJECTED, refusal.line, refusal.offset, None, None, refusal.reason)
        return FileLook(path, form, dict(counts), None, refusal, [problem], 1)
    found: list[Problem] = []
    count = 0

    def note(problem: Problem) -> None:
        nonlocal count
        count += 1
        if len(found) < MOST_PROBLEMS:
            found.append(problem)

    for _ in persons(path, summary, note, path.parent):
        pass
    return FileLook(path, form, dict(summary.counts), summary, None, found, count)


def person_at(path: Path, ordinal: int) -> PersonLook | None:
    """The person whose record 001 is the so-manyeth of the file, with the records of that number wherever they stand."""
    place = 0
    for record in _records(path):
        place += record.data[:3] == PERSON
        if place == ordinal:
            return _collected(path, place, record.data[3:13])
    return None


def records_at(path: Path, offsets: Iterable[int], *, size: int) -> dict[int, str]:
    """The records that begin at these bytes, as text; none where the file has another size than it had, or cannot be read."""
    found: dict[int, str] = {}
    try:
        with path.open("rb") as file:
            form = form_of(file.read(FORM_WINDOW))
            if file.seek(0, os.SEEK_END) != size:
                return {}
            for offset in offsets:
                file.seek(offset)
                if record := _first(raw_records(file, form)):
                    found[offset] = record.data.decode(ENCODING)
    except OSError:
        return {}
    return found


def _first(records: Iterator[RawRecord]) -> RawRecord | None:
    """None at the end of the file, and where records cannot be told apart."""
    with contextlib.suppress(FileRefused):
        return next(records, None)
    return None


def person_with(path: Path, numbers: frozenset[str]) -> PersonLook | None:
    """The person with one of these numbers, the first that the file tells of."""
    wanted = {number.encode() for number in numbers}
    place = 0
    for record in _records(path):
        is_person = record.data[:3] == PERSON
        place += is_person
        if record.data[3:13] in wanted and record.data[:3] not in OF_NO_PERSON:
            return _collected(path, place if is_person else 0, record.data[3:13])
    return None


def _collected(path: Path, ordinal: int, number: bytes) -> PersonLook:
    records = [
        record
        for record in _records(path)
        if record.data[3:13] == number and record.data[:3] not in OF_NO_PERSON
    ]
    return PersonLook(ordinal, _parsed(number), records)


def _records(path: Path) -> Iterator[RawRecord]:
    """The records up to where they cannot be told apart any more."""
    form = _form(path)
    with path.open("rb") as file:
        try:
            yield from raw_records(file, form)
        except FileRefused:
            return


def _form(path: Path) -> Form:
    with path.open("rb") as file:
        return form_of(file.read(FORM_WINDOW))


def _shown_type(data: bytes) -> str:
    record_type = data[:3].decode(ENCODING)
    return record_type if record_type in LAYOUTS else UNKNOWN


def _parsed(number: bytes) -> CprNumber | None:
    try:
        return CprNumber.parse(number.decode(ENCODING))
    except InvalidCprNumber:
        return None
