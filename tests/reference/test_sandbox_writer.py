"""The sandbox's writer on a real extract: read into the sandbox's persons and written again, it is the same file."""

import datetime as dt
import io
from collections import defaultdict
from pathlib import Path

import pytest
from registerbro.cpr import reader
from registerbro.cpr.framing import raw_records
from registerbro.cpr.person import raw_fields
from registerbro.cpr.records import Record
from registerbro.cpr.writer import ENCODING
from registerbro_sandbox.persons import Delivered, Delivery, Form, Layout, Person, Row
from registerbro_sandbox.persons.delivery import group, write_records
from registerbro_sandbox.persons.render import record

from tests.reference.data import CPR, needs_testdata

pytestmark = [pytest.mark.reference, needs_testdata]


def as_person(records: reader.PersonRecords) -> Delivered:
    """The sandbox's person for what a file says."""
    person = Person(0, records.number.value, is_male=False, born=0)
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for one in records.records:
        rows[one.type].append({name: text for name, text in raw_fields(one).items() if name != "pnr"})
    events = tuple(rows.pop("099"))
    person.rows = dict(rows)
    return Delivered(person, events)


def delivery_of(summary: reader.FileSummary) -> Delivery:
    return Delivery(
        summary.production_date,
        previous=summary.previous_production_date,
        task=summary.task_number,
        layout=Layout(form=Form(summary.form)),
    )


@pytest.mark.parametrize("name", ["change_110901_lines.txt", "change_110901_stream.txt"])
def test_writes_a_real_extract_byte_for_byte(name: str) -> None:
    path = CPR / "batch" / name
    summary = reader.scan(path)
    again = io.BytesIO()
    with path.open("rb") as file:
        raw = [
            Record(data[:3].decode(), line, offset, data.decode(ENCODING))
            for line, offset, data in raw_records(file, summary.form)
        ]
    rows = [(one.type, raw_fields(one)) for one in raw if one.type not in {"000", "999"}]
    write_records(again, delivery_of(summary), [[record(kind, row.pop("pnr"), row)] for kind, row in rows])
    assert again.getvalue() == path.read_bytes()


def test_writes_each_real_person_byte_for_byte(tmp_path: Path) -> None:
    files = sorted((CPR / "persons").glob("PNR_*.txt"))
    assert len(files) == 80
    for path in files:
        summary = reader.scan(path)
        found = list(reader.persons(path, summary, lambda _: None, tmp_path))
        again = io.BytesIO()
        write_records(
            again,
            delivery_of(summary),
            [group(as_person(p)) for p in found if isinstance(p, reader.PersonRecords)],
        )
        lines = path.read_bytes().splitlines()
        assert sorted(again.getvalue().splitlines()[:-1]) == sorted(
            lines[:-1]
        )  # its 999 counts the whole extract


def test_names_a_file_as_the_register_does() -> None:
    assert Delivery(dt.date(2011, 11, 12), task="110901").file_name == "d111112.l110901"
