"""Files as the register delivers them: a start record, the records of persons, an end record, under the register's file name."""

import dataclasses
import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable
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


class _Count:
    persons = 0


def write_extract(path: Path, population: Population, delivery: Delivery) -> Written:
    """Write everybody in the population, as a newly created subscription delivers them (event A45).

    ``path`` is the file, or the directory in which it gets the register's name.
    """
    event = {"updated": f"{delivery.produced:%Y%m%d}0630", "event": "A45"}
    return write(path, delivery, (Delivered(person, (event,)) for person in population))


def write(path: Path, delivery: Delivery, persons: Iterable[Delivered]) -> Written:
    """Write one file at flat memory; it appears under its name only when it is complete."""
    target = path / delivery.file_name if path.is_dir() else path
    partial = target.with_name(f".{target.name}.part")
    count = _Count()
    groups = (_group(person, events, count) for person, events in persons)
    with partial.open("wb") as file:
        total = write_records(file, delivery, groups)
    size = partial.stat().st_size
    partial.replace(target)
    return Written(target, count.persons, total, size)


def write_records(file: BinaryIO, delivery: Delivery, groups: Iterable[list[str]]) -> int:
    """Write records at their full length, a group at a time, between start and end record; returns how many.

    Says the same as ``registerbro.cpr.writer.write_file``, and is five times as fast, since a group is written at once.
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
        for group in groups:
            total += len(group)
            if layout.addresses_last:
                later.write(encode([text for text in group if text.startswith(ADDRESS)]))
                group = [text for text in group if not text.startswith(ADDRESS)]  # noqa: PLW2901
            file.write(encode(group))
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


def _group(person: Person, events: tuple[Row, ...], count: _Count) -> list[str]:
    count.persons += 1
    return records(person) + [record("099", person.number, event) for event in events]
