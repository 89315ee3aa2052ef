"""The writer: full-length records and both forms of a file."""

import datetime as dt

import pytest
from registerbro.cpr.layouts import LAYOUTS, RecordLayout
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.writer import Form, RecordValueError, write_record

from tests.support.cpr_files import ANNA, extract, record, simple_person


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.type)
def test_a_record_has_its_full_length(layout: RecordLayout) -> None:
    assert len(write_record(layout.type)) == layout.length
    assert write_record(layout.type).startswith(layout.type)


def test_empty_fields_are_as_the_register_writes_them() -> None:
    written = record("001", sex="K")
    assert written[13:23] == " " * 10  # no current number
    assert written[23:25] == "00"
    assert written[25:37] == "0" * 12
    assert record("015")[24:34] == "0" * 10  # an unknown mother
    assert record("012")[83:95] == " " * 12  # no separation


def test_values_are_written_as_their_fields_want_them() -> None:
    written = record("002", CprNumber(ANNA), municipality_code=101, door="th", moved_in="202003010905")
    assert written[3:13] == ANNA
    assert written[13:17] == "0101"
    assert written[27:31] == "  th"
    assert written[69:81] == "202003010905"
    assert record("002", moved_in=dt.datetime(2020, 3, 1, 8, 5, tzinfo=dt.UTC))[69:81] == "202003010905"
    assert record("002", moved_in=dt.datetime(2020, 7, 1, 22, 5, tzinfo=dt.UTC))[69:81] == "202007020005"
    assert record("002", moved_in=dt.date(2020, 3, 1))[69:81] == "202003010000"
    assert record("001", birth_date=dt.date(870, 2, 3), birth_date_uncertain=True)[39:50] == "0870-02-03*"


def test_the_longer_variant_is_written_for_its_fields() -> None:
    assert len(record("001", key_constant="A1")) == 121
    assert len(record("002", road_name="Møllevej")) == 382


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"occupation": "x" * 35}, "longer than 34 characters"),
        ({"occupation": "Łódź"}, "not in ISO-8859-1"),
        ({"nickname": "Bo"}, "no such field"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(values: dict[str, str], problem: str) -> None:
    with pytest.raises(RecordValueError, match=problem) as refusal:
        record("001", **values)
    assert not any(value in str(refusal.value) for value in values.values())


def test_a_file_counts_its_records() -> None:
    lines = extract(simple_person()).decode("iso-8859-1").split("\n")
    assert lines[0] == "000" + "0" * 10 + "123401" + "20240517" + "20240516"
    assert lines[-2] == "999" + "9" * 10 + "00000005"
    assert lines[-1] == ""
    assert all(line == line.rstrip() for line in lines)


def test_the_stream_form_has_no_line_ends_and_full_records() -> None:
    content = extract(simple_person(), form=Form.STREAM)
    assert b"\n" not in content
    assert len(content) == 35 + 106 + 306 + 249 + 193 + 45 + 21


def test_lines_can_keep_their_blanks_and_end_in_cr_lf() -> None:
    lines = extract(simple_person(), line_end="\r\n", trim=False).split(b"\r\n")
    assert [len(line) for line in lines] == [35, 106, 306, 249, 193, 45, 21, 0]
