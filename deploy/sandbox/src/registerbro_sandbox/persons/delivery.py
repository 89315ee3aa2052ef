"""Files as the register delivers them: a start record, the records of persons, an end record, under the register's file name."""

import dataclasses
import datetime as dt
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from registerbro.cpr.writer import ENCODING, Form, write_record

from registerbro_sandbox.persons.person import Person, Row
from registerbro_sandbox.persons.population import Population
from registerbro_sandbox.persons.render import record, records

ADDRESS = "003"
CUSTOMER_TASK = "463003"
"""A four-digit customer number and a two-digit serial, as the register numbers its tasks."""


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written down; the register's own files come in all of these."""

    form: Form = Form.LINES
    line_end: str = "\n"
    trims: bool = True  # trailing blanks cut, as transfers do in the line form
    addresses_last: bool = False  # all records 003 after everything else


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """What a file says about itself."""

    produced: dt.date
    previous: dt.date | None = None
    task: str = CUSTOMER_TASK
    layout: Layout = Layout()

    @property
    def file_name(self) -> str:
        """``dYYMMDD.lNNNNNN``: production date and task."""
        return f"d{self.produced:%y%m%d}.l{self.task}"


class Delivered(NamedTuple):
    """A person in a file, and the events (099) that brought them into it."""

    person: Person
    events: tuple[Row, ...] = ()


class Written(NamedTuple):
    """What was written."""

    path: Path
    persons: int
    records: int
    bytes: int


def write_extract(
    path: Path, population: Population, delivery: Delivery, subscribed: int | None = None
) -> Written:
    """Write the first ``subscribed`` persons of the population, or all, as a newly created subscription delivers them
    (event A45).

    ``path`` is the file, or the directory in which it gets the register's name.
    """
    event = {"updated": f"{delivery.produced:%Y%m%d}0630", "event": "A45"}
    persons = itertools.islice(population, subscribed)
    return write(path, delivery, (Delivered(person, (event,)) for person in persons))


def write(
    path: Path, delivery: Delivery, persons: Iterable[Delivered], answers: Sequence[str] = ()
) -> Written:
    """Write one file at flat memory; it appears under its name only when it is complete.

    ``answers`` are records to a customer's input (910, 997), which come before the persons.
    """
    target = path / delivery.file_name if path.is_dir() else path
    partial = target.with_name(f".{target.name}.part")
    count = 0

    def groups() -> Iterator[list[str]]:
        nonlocal count
        yield list(answers)
        for delivered in persons:
            count += 1
            yield group(delivered)

    try:
        with partial.open("wb") as file:
            total = write_records(file, delivery, groups())
            size = file.tell()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return Written(target, count, total, size)


def group(delivered: Delivered) -> list[str]:
    """The records of one person, as they stand together in a file."""
    person, events = delivered
    return records(person) + [record("099", person.number, event) for event in events]


def write_records(file: BinaryIO, delivery: Delivery, groups: Iterable[list[str]]) -> int:
    """Write records at their full length between start and end record; returns how many.

    Says what ``registerbro.cpr.writer.write_file`` says; that a group is encoded and written at once saves a quarter of
    the time that a person takes.
    """
    layout = delivery.layout
    start = write_record(
        "000",
        task_number=delivery.task,
        production_date=delivery.produced,
        previous_production_date=delivery.previous,
    )
    encode = _encoder(layout)
    total = 0
    file.write(encode([start]))
    with tempfile.TemporaryFile() as later:
        for texts in groups:
            total += len(texts)
            if layout.addresses_last:
                later.write(encode([text for text in texts if text.startswith(ADDRESS)]))
                file.write(encode([text for text in texts if not text.startswith(ADDRESS)]))
            else:
                file.write(encode(texts))
        later.seek(0)
        shutil.copyfileobj(later, file)
    file.write(encode([write_record("999", record_count=total)]))
    return total


def _encoder(layout: Layout) -> Callable[[list[str]], bytes]:
    if layout.form is Form.STREAM:
        return lambda group: "".join(group).encode(ENCODING)
    end, trims = layout.line_end, layout.trims

    def encode(group: list[str]) -> bytes:
        lines = [text.rstrip(" ") for text in group] if trims else group
        return "".join([line + end for line in lines]).encode(ENCODING)

    return encode
