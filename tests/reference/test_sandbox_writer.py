"""The sandbox's writer on a real extract: read into the sandbox's persons and written again, it is the same file."""

import datetime as dt
import io
from collections import defaultdict
from pathlib import Path

import pytest
from registerbro.cpr import reader
from registerbro.cpr.person import raw_fields
from registerbro_sandbox.persons import Delivered, Delivery, Form, Layout, Person, Row
from registerbro_sandbox.persons.delivery import group, write_records

from tests.reference.data import CPR, needs_testdata

pytestmark = [pytest.mark.reference, needs_testdata]


def as_person(records: reader.PersonRecords) -> Delivered:
    """The sandbox's person for what a file says."""
    person = Person(0, records.number.value, is_male=False, born=0)
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for record in records.records:
        rows[record.type].append({name: text for name, text in raw_fields(record).items() if name != "pnr"})
    events = tuple(rows.pop("099"))
    person.rows = dict(rows)
    return Delivered(person, events)


def written_again(path: Path, spool: Path, layout: Layout) -> bytes:
    summary = reader.scan(path)
    problems: list[reader.Problem] = []
    delivery = Delivery(
        summary.production_date,
        previous=summary.previous_production_date,
        task=summary.task_number,
        layout=layout,
    )
    found = reader.persons(path, summary, problems.append, spool)
    file = io.BytesIO()
    write_records(file, delivery, [group(as_person(p)) for p in found if isinstance(p, reader.PersonRecords)])
    assert not problems
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "form"),
    [("change_110901_lines.txt", Form.LINES), ("change_110901_stream.txt", Form.STREAM)],
)
def test_writes_a_real_extract_byte_for_byte(name: str, form: Form, tmp_path: Path) -> None:
    path = CPR / "batch" / name
    again = written_again(path, tmp_path, Layout(form=form, addresses_last=True))
    assert again == path.read_bytes()


def test_writes_each_real_person_byte_for_byte(tmp_path: Path) -> None:
    files = sorted((CPR / "persons").glob("PNR_*.txt"))
    assert len(files) == 80
    for path in files:
        again = written_again(path, tmp_path, Layout(addresses_last=True)).splitlines()
        assert (
            again[:-1] == path.read_bytes().splitlines()[:-1]
        )  # the count in 999 is that of the whole extract


def test_names_a_file_as_the_register_does() -> None:
    assert Delivery(dt.date(2011, 11, 12), task="110901").file_name == "d111112.l110901"
