"""Records decoded in full: texts, numbers, dates with their markers, codes with their meaning."""

from pathlib import Path

from registerbro.contacts.model import PartialDate, Precision
from registerbro.cpr.layouts import CodeText
from registerbro.cpr.mapping import map_person
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.person import Coded, decode, decode_all, raw_fields

from tests.support.cpr_files import ANNA, BENT, CONTEXT, extract, read, record, simple_person


def decoded(directory: Path, text: str) -> dict[str, object]:
    records = read(extract([record("001"), text]), directory).persons[0].records
    return dict(decode(next(each for each in records if each.text == text.rstrip())))


def test_a_record_with_everything(tmp_path: Path) -> None:
    text = record("029", correction_mark="K", civil_status="G", spouse_pnr=BENT, spouse_name="Bent", spouse_name_mark="+",
                  civil_status_start="199103201299", civil_status_start_uncertain=True, civil_status_end="200001011215")  # fmt: skip
    assert decoded(tmp_path, text) == {
        "pnr": CprNumber(ANNA),
        "correction_mark": Coded("K", CodeText("rettet", "row replaced by a correction")),
        "civil_status": Coded("G", CodeText("gift", "married")),
        "spouse_pnr": CprNumber(BENT),
        "spouse_name": "Bent",
        "spouse_name_mark": Coded("+", CodeText("navnet er forkortet", "name abbreviated")),
        "civil_status_start": PartialDate("1991-03-20", Precision.DAY, uncertain=True),
        "civil_status_end": PartialDate("2000-01-01T12:15", Precision.MINUTE),
    }


def test_empty_fields_are_left_out(tmp_path: Path) -> None:
    assert decoded(tmp_path, record("024")) == {"pnr": CprNumber(ANNA)}


def test_a_code_of_unknown_meaning_is_kept(tmp_path: Path) -> None:
    assert decoded(tmp_path, record("099", event="A05"))["event"] == Coded("A05", None)
    assert decoded(tmp_path, record("020", election_code="0001"))["election_code"] == "0001"


def test_the_longer_variant(tmp_path: Path) -> None:
    assert decoded(tmp_path, record("002", road_name="Møllevej"))["road_name"] == "Møllevej"


def test_fields_as_delivered_keep_what_decoding_leaves_out(tmp_path: Path) -> None:
    basic = read(extract([record("001", status="01", sex="K")]), tmp_path).persons[0].records[0]
    fields = raw_fields(basic)
    assert fields["status_start"] == "0" * 12
    assert fields["birth_date"] == ""
    assert "key_constant" not in fields


def test_stored_records_are_decoded_in_their_order(tmp_path: Path) -> None:
    stored = map_person(read(extract(simple_person()), tmp_path).persons[0], context=CONTEXT).records
    assert [layout.type for layout, _ in decode_all(stored)] == ["001", "002", "003", "008", "099"]
    assert decode_all(stored)[3][1]["last_name"] == "Ål"
    assert decode_all("") == []
