"""Invented CPR files for tests: records of made-up persons, written by the project's own writer, and read back."""

import dataclasses
import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path

from registerbro.cpr.mapping import MappingContext
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.reader import FileSummary, PersonRecords, Problem, SubscriptionEnded, persons, scan
from registerbro.cpr.writer import Form, Value, write_file, write_record

PRODUCED = dt.date(2024, 5, 17)
TASK = "123401"
ANNA, BENT, CARL = "0101701996", "0202711997", "0303721998"

CONTEXT = MappingContext(PRODUCED, TASK, dt.datetime(2024, 5, 17, 20, 0, tzinfo=dt.UTC))


def record(record_type: str, number: str | CprNumber = ANNA, /, **values: Value) -> str:
    """A record about a person."""
    return write_record(record_type, pnr=number, **values)


def simple_person(number: str = ANNA) -> list[str]:
    """The records of somebody who lives somewhere."""
    return [
        record("001", number, status="01", sex="K", birth_date=dt.date(1970, 1, 1)),
        record("002", number, municipality_code="0101", moved_in="202003011230"),
        record("003", number, addressing_name="Anna Ål", standard_address="Møllevej 1", post_code="2850"),
        record("008", number, first_names="Anna", last_name="Ål"),
        record("099", number, updated="202405160900", event="A01"),
    ]


def extract(
    records: Iterable[str], *, form: Form = Form.LINES, line_end: str = "\n", trim: bool = True
) -> bytes:
    """A whole file with these records."""
    target = io.BytesIO()
    write_file(
        target,
        records,
        task_number=TASK,
        production_date=PRODUCED,
        previous_production_date=PRODUCED - dt.timedelta(days=1),
        form=form,
        line_end=line_end,
        trim=trim,
    )
    return target.getvalue()


@dataclasses.dataclass(frozen=True)
class Reading:
    """What came of reading a file."""

    summary: FileSummary
    persons: list[PersonRecords]
    receipts: list[SubscriptionEnded]
    problems: list[Problem]

    def texts(self) -> dict[str, list[str]]:
        """Each person's records, in the order of their types."""
        return {person.number.value: [each.text for each in person.records] for person in self.persons}


def read(content: bytes, directory: Path) -> Reading:
    """Both passes over a file with this content."""
    path = directory / "extract"
    path.write_bytes(content)
    return read_path(path, directory)


def read_path(path: Path, directory: Path) -> Reading:
    """Both passes over a file."""
    problems: list[Problem] = []
    summary = scan(path)
    items = list(persons(path, summary, problems.append, directory))
    return Reading(
        summary,
        [item for item in items if isinstance(item, PersonRecords)],
        [item for item in items if isinstance(item, SubscriptionEnded)],
        problems,
    )
