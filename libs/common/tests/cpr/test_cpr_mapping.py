"""Every row of the mapping from a person's records to a contact."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from registerbro.contacts.model import (
    Channel,
    MappedAddress,
    MappedContact,
    PartialDate,
    Precision,
    Protection,
    RegisterTime,
)
from registerbro.cpr.mapping import map_person, map_receipt

from tests.support.cpr_files import ANNA, BENT, CARL, CONTEXT, PRODUCED, extract, read, record, simple_person

Day = dt.date


def mapped(directory: Path, *records: str, **changes: object) -> MappedContact:
    """What the first person of a file with these records is mapped to; a 001 is added where there is none."""
    basic = [] if any(each.startswith("001") for each in records) else [record("001", status="01")]
    person = read(extract([*basic, *records]), directory).persons[0]
    return map_person(person, context=dataclasses.replace(CONTEXT, **changes))  # type: ignore[arg-type]


def test_who_and_when(tmp_path: Path) -> None:
    contact = mapped(tmp_path, *simple_person())
    assert (contact.source, contact.name_type, contact.number) == ("CPR", "C", ANNA)
    assert contact.register_time == RegisterTime(PRODUCED, Channel.BATCH, "123401", CONTEXT.fetched_at)
    assert contact.current_number is None
    assert contact.former_numbers == ()


def test_001_basic_facts(tmp_path: Path) -> None:
    contact = mapped(
        tmp_path,
        record("001", status="80", status_start="199902011300", sex="M", birth_date="1961-08-07",
               birth_date_uncertain=True, occupation="Skibsbygger"),
    )  # fmt: skip
    assert contact.info == {"GældendePNR": (ANNA,), "Køn": ("M",), "Status": ("80",)}
    assert contact.dates == {
        "Fødselsdag": (PartialDate("1961-08-07", Precision.DAY, uncertain=True),),
        "Statusfra": (PartialDate("1999-02-01T13:00", Precision.MINUTE),),
    }
    assert contact.fields["position"] == "Skibsbygger"
    assert contact.fields["end_date"] is None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("200006301004", Day(2000, 6, 30)),
        ("200006300000", Day(2000, 6, 30)),
        ("200006301299", Day(2000, 6, 30)),
        ("200006000000", Day(2000, 6, 1)),
        ("200000000000", Day(2000, 1, 1)),
        ("000000000000", None),
    ],
)
def test_the_dead_end_on_the_day_of_their_status(start: str, end: Day | None, tmp_path: Path) -> None:
    assert mapped(tmp_path, record("001", status="90", status_start=start)).fields["end_date"] == end


@pytest.mark.parametrize("status", ["01", "03", "05", "07", "20", "30", "50", "60", "70", "80"])
def test_nobody_else_ends(status: str, tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("001", status=status, status_start="200006301004"))
    assert contact.fields["end_date"] is None
    assert "end_date" in contact.delivers


def test_008_names(tmp_path: Path) -> None:
    assert mapped(
        tmp_path, record("008", first_names="Anna Maria", middle_name="Bjerg", last_name="Ål")
    ).fields == {
        "name1": "Anna Maria Bjerg",
        "name2": "Ål",
        "text": "",
        "position": "",
        "end_date": None,
    }
    assert mapped(tmp_path, record("008", first_names="Anna")).fields["name1"] == "Anna"
    assert mapped(tmp_path, record("008", middle_name="Bjerg")).fields["name1"] == "Bjerg"


def test_003_addressing_name(tmp_path: Path) -> None:
    name = record("008", first_names="Anna", addressing_name="Ål,Anna")
    assert mapped(tmp_path, name, record("003", addressing_name="Anna Ål")).fields["text"] == "Anna Ål"
    assert mapped(tmp_path, name).fields["text"] == "Ål,Anna"


FULL_ADDRESS = record(
    "003", care_of_name="C/O Bo", locality="Bakken", standard_address="Møllevej 12A,2 th", city_name="Gl. Holte",
    post_code="2850", post_district="Nærum", municipality_code="0230",
)  # fmt: skip


def test_003_and_002_main_address(tmp_path: Path) -> None:
    contact = mapped(tmp_path, FULL_ADDRESS, record("002", moved_in="202003011230"))
    assert contact.addresses == {
        "HA": MappedAddress(
            address1="Møllevej 12A,2 th",
            address2="Bakken",
            address3="C/O Bo",
            postcode="2850",
            post_district="Nærum",
            municipality="0230",
            country_code="DK",
            start_date=Day(2020, 3, 1),
        )
    }
    assert contact.info["Bynavn"] == ("Gl. Holte",)
    assert contact.info["Postdist"] == ("Nærum",)


def test_what_003_does_not_say_is_taken_from_002(tmp_path: Path) -> None:
    address = mapped(
        tmp_path, record("002", municipality_code="0955", care_of_name="Bo", moved_in="202000000000")
    ).addresses["HA"]
    assert (address.municipality, address.address3, address.start_date) == ("0955", "Bo", None)


@pytest.mark.parametrize(
    ("municipality", "country"),
    [
        ("0101", "DK"),
        ("0860", "DK"),
        ("0899", "DK"),
        ("0900", ""),
        ("0949", ""),
        ("0950", "GL"),
        ("0957", "GL"),
        ("0019", ""),
    ],
)
def test_the_country_follows_from_the_municipality(municipality: str, country: str, tmp_path: Path) -> None:
    citizen = record("010", country_code="5100")
    contact = mapped(tmp_path, record("003", municipality_code=municipality), citizen)
    assert contact.addresses["HA"].country_code == country


@pytest.mark.parametrize("status", ["70", "80", "90"])
def test_who_lives_nowhere_has_no_address_and_says_so(status: str, tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("001", status=status), record("003", addressing_name="Anna Ål"))
    assert contact.addresses == {}
    assert "address:HA" in contact.delivers
    assert contact.fields["text"] == "Anna Ål"


def protected(directory: Path, *protections: str) -> Day | None:
    return mapped(directory, FULL_ADDRESS, *protections).addresses["HA"].protection


def test_004_protections(tmp_path: Path) -> None:
    kinds = [
        record("004", protection_type="0001", start=Day(2024, 1, 2), end=Day(2025, 1, 2)),
        record("004", protection_type="0003", start=Day(2001, 1, 2)),
    ]
    assert mapped(tmp_path, *kinds).protections == (
        Protection("0001", Day(2024, 1, 2), Day(2025, 1, 2)),
        Protection("0003", Day(2001, 1, 2), None),
    )
    assert protected(tmp_path, *kinds) == Day(2024, 1, 2)
    assert protected(tmp_path, kinds[1]) is None


@pytest.mark.parametrize(
    ("end", "is_protected"),
    [
        (None, True),
        (PRODUCED, True),
        (PRODUCED + dt.timedelta(days=1), True),
        (PRODUCED - dt.timedelta(days=1), False),
    ],
)
def test_a_protection_that_lapsed_does_not_protect_the_address(
    end: Day | None, is_protected: bool, tmp_path: Path
) -> None:
    lapsing = record("004", protection_type="0001", start=Day(2020, 1, 2), end=end)
    assert (protected(tmp_path, lapsing) is not None) is is_protected
    assert mapped(tmp_path, lapsing).protections == (Protection("0001", Day(2020, 1, 2), end),)


def test_006_contact_address(tmp_path: Path) -> None:
    lines = {
        f"line_{index}": text for index, text in enumerate(["Bo", "Rue 1", "Paris", "", "Frankrig"], start=1)
    }
    assert mapped(tmp_path, record("006", start=Day(2020, 1, 2), **lines)).addresses == {
        "KONTAKT": MappedAddress("Bo", "Rue 1", "Paris, Frankrig", start_date=Day(2020, 1, 2))
    }
    assert mapped(tmp_path, record("006")).addresses == {}


@pytest.mark.parametrize(
    ("values", "code", "place"),
    [
        ({"birth_authority_code": "8501"}, ("8501",), ("Sparkær Sogn",)),
        ({"birth_authority_code": "8501", "birth_place_text": "Viborg"}, ("8501",), ("Viborg",)),
        ({"birth_authority_code": "1234"}, ("1234",), None),
        ({"birth_authority_code": "0000"}, None, None),
    ],
)
def test_009_birth_place(
    values: dict[str, str], code: tuple[str] | None, place: tuple[str] | None, tmp_path: Path
) -> None:
    contact = mapped(tmp_path, record("009", **values), authorities={"8501": "Sparkær Sogn"})
    assert contact.info.get("Fødregkode") == code
    assert contact.info.get("Fødreg.myn.") == place


def test_012_civil_status(tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("012", civil_status="U", civil_status_start="196103132000"))
    assert contact.info["Civilstand"] == ("U",)
    assert contact.dates["Civst.fra"] == (PartialDate("1961-03-13T20:00", Precision.MINUTE),)
    assert "Civst.fra" not in mapped(tmp_path, record("012", civil_status="U")).dates


def test_022_former_numbers(tmp_path: Path) -> None:
    former = [record("022", old_pnr=number) for number in (BENT, CARL, BENT, ANNA, "0000000000", "")]
    assert mapped(tmp_path, *former).former_numbers == (BENT, CARL)


@pytest.mark.parametrize("status", ["50", "60"])
def test_a_number_no_longer_in_use_names_the_current_one(status: str, tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("001", status=status, current_pnr=BENT))
    assert (contact.number, contact.current_number) == (ANNA, BENT)
    assert contact.info["GældendePNR"] == (BENT,)


@pytest.mark.parametrize("current", [ANNA, "0000000000", ""])
def test_a_number_in_use_names_no_other(current: str, tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("001", status="01", current_pnr=current))
    assert contact.current_number is None
    assert contact.info["GældendePNR"] == (ANNA,)


@pytest.mark.parametrize(
    ("event", "mark", "subscribed"), [("A45", "", True), ("A45", "BØ", None), ("A01", "", None)]
)
def test_099_says_whether_a_subscription_was_made(
    event: str, mark: str, subscribed: bool | None, tmp_path: Path
) -> None:
    assert mapped(tmp_path, record("099", event=event, derived_mark=mark)).subscribed is subscribed


def test_the_records_are_kept_as_delivered(tmp_path: Path) -> None:
    contact = mapped(tmp_path, *simple_person())
    assert contact.records.split("\n") == [text.rstrip() for text in simple_person()]


def test_events_are_not_what_a_person_is_compared_by(tmp_path: Path) -> None:
    plain, moved = record("099", event="A01"), record("099", event="P11")
    assert mapped(tmp_path, plain).digest == mapped(tmp_path, moved, plain).digest
    assert mapped(tmp_path, plain).digest != mapped(tmp_path, plain, record("019", note_text="x")).digest


def test_the_place_of_the_records_in_the_file_does_not_matter(tmp_path: Path) -> None:
    records = simple_person()
    assert mapped(tmp_path, *records) == mapped(tmp_path, *reversed(records))


def test_a_receipt_says_that_the_subscription_ended_and_nothing_else(tmp_path: Path) -> None:
    receipt = read(extract([record("997", BENT, event="A46")]), tmp_path).receipts[0]
    contact = map_receipt(receipt, context=CONTEXT)
    assert (contact.number, contact.subscribed, contact.delivers) == (BENT, False, frozenset())


def test_a_rejected_record_says_nothing_about_what_it_would_have_said(tmp_path: Path) -> None:
    contact = mapped(tmp_path, *simple_person(), record("012", civil_status_start="209913011200"))
    assert contact.delivers.isdisjoint({"info:Civilstand", "date:Civst.fra", "reference:Ægtefælle"})
    assert {"info:Status", "name1", "address:HA", "reference:Barn"} <= contact.delivers


def test_the_delivery_is_discreet(tmp_path: Path) -> None:
    assert ANNA not in repr(mapped(tmp_path, *simple_person()))
