"""The record tables: complete, without gaps, at the register's positions."""

import pytest
from registerbro.cpr.layouts import LAYOUTS, Kind, RecordLayout
from registerbro.cpr.layouts.codes import STATUS

LENGTHS = {
    "000": 35, "001": 106, "002": 306, "003": 249, "004": 37, "005": 200, "006": 203, "007": 26, "008": 193,
    "009": 37, "010": 30, "011": 25, "012": 95, "013": 36, "014": 23, "015": 147, "016": 58, "017": 272, "018": 60,
    "019": 75, "020": 47, "021": 63, "022": 45, "023": 96, "024": 218, "025": 40, "026": 173, "027": 44, "028": 36,
    "029": 109, "030": 48, "031": 269, "032": 269, "033": 269, "050": 29, "052": 287, "099": 45, "910": 157,
    "997": 43, "999": 21,
}  # fmt: skip


def test_every_record_type_has_its_length() -> None:
    assert {layout.type: layout.length for layout in LAYOUTS.values()} == LENGTHS
    assert LAYOUTS["001"].lengths == (106, 121)
    assert LAYOUTS["002"].lengths == (306, 382)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.type)
def test_fields_follow_each_other_without_gap(layout: RecordLayout) -> None:
    position = 1
    for field in layout.all_fields:
        assert field.start == position, field.name
        position += field.length
    assert layout.fields[-1].end == layout.length


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.type)
def test_names_are_unique_and_codes_fit(layout: RecordLayout) -> None:
    names = [field.name for field in layout.all_fields]
    assert len(names) == len(set(names))
    for field in layout.all_fields:
        assert all(len(code) <= field.length for code in field.codes)


def test_a_marker_stands_right_after_the_date_that_it_marks() -> None:
    for layout in LAYOUTS.values():
        by_end = {field.end: field for field in layout.fields}
        for field in layout.fields:
            if field.name.endswith("_uncertain"):
                dated = by_end[field.start - 1]
                assert dated.kind in {Kind.DATE, Kind.TIMESTAMP}
                assert field.name == f"{dated.name}_uncertain"


def test_statuses_have_the_texts_of_the_vendor() -> None:
    assert set(STATUS) == {"01", "03", "05", "07", "20", "30", "50", "60", "70", "80", "90"}
    assert STATUS["90"] == ("Død", "Deceased")
    assert STATUS["30"] == ("Annulleret personnummer", "Cancelled number")


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(KeyError, match=r"001\.nickname"):
        LAYOUTS["001"].field("nickname")
