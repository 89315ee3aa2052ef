"""The reader, the writer and the mapping on the CPR office's own test extract (task 110901)."""

import datetime as dt
import io
from pathlib import Path

import pytest
from registerbro.contacts.model import (
    MappedContact,
    MappedReference,
    PartialDate,
    Precision,
    Protection,
    Role,
)
from registerbro.cpr.framing import raw_records
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.mapping import MappingContext, map_person
from registerbro.cpr.person import raw_fields
from registerbro.cpr.reader import FileRefused, Record, scan
from registerbro.cpr.refusals import GreenlandLayout
from registerbro.cpr.writer import Form, write_file, write_record

from tests.reference.data import CPR, needs_testdata
from tests.support.cpr_files import Reading, read, read_path

pytestmark = [needs_testdata, pytest.mark.reference]

LINES = CPR / "batch" / "change_110901_lines.txt"
STREAM = CPR / "batch" / "change_110901_stream.txt"
PERSONS = CPR / "persons"
FETCHED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
Day = dt.date


def single_files() -> list[Path]:
    return sorted(PERSONS.glob("PNR_*.txt")) if PERSONS.is_dir() else []


@pytest.fixture(scope="module", params=[LINES, STREAM], ids=["lines", "stream"])
def reading(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_path(request.param, tmp_path_factory.mktemp("buckets"))


def contacts(found: Reading) -> dict[str, MappedContact]:
    context = MappingContext(found.summary.production_date, found.summary.task_number, FETCHED)
    return {person.number.value: map_person(person, context=context) for person in found.persons}


@pytest.fixture(scope="module")
def mapped(reading: Reading) -> dict[str, MappedContact]:
    return contacts(reading)


def test_the_extract_is_read_whole(reading: Reading) -> None:
    summary = reading.summary
    assert (summary.task_number, summary.production_date) == ("110901", Day(2001, 11, 19))
    assert summary.previous_production_date == Day(2001, 11, 16)
    assert summary.records == summary.declared == 1098
    assert not summary.contiguous
    assert len(reading.persons) == summary.persons == 80
    assert reading.problems == []
    assert sum(len(person.records) for person in reading.persons) == 1098


def test_both_forms_give_the_same_persons(tmp_path: Path) -> None:
    lines, stream = read_path(LINES, tmp_path), read_path(STREAM, tmp_path)
    assert (lines.summary.form, stream.summary.form) == (Form.LINES, Form.STREAM)
    assert list(lines.texts().items()) == list(stream.texts().items())
    assert [person.ordinal for person in lines.persons] == [person.ordinal for person in stream.persons]


@pytest.mark.parametrize("path", [LINES, STREAM], ids=["lines", "stream"])
def test_writing_again_gives_the_same_bytes(path: Path) -> None:
    form = scan(path).form
    with path.open("rb") as file:
        delivered = [
            Record(raw.data[:3].decode(), raw.line, raw.offset, raw.data.decode("iso-8859-1"))
            for raw in raw_records(file, form)
        ]
    again = [write_record(each.type, **raw_fields(each)) for each in delivered]
    target = io.BytesIO()
    count = write_file(
        target,
        again[1:-1],
        task_number="110901",
        production_date=Day(2001, 11, 19),
        previous_production_date=Day(2001, 11, 16),
        form=form,
    )
    assert count == 1098
    assert target.getvalue().strip() == path.read_bytes().strip()


@pytest.mark.parametrize("path", single_files(), ids=lambda path: f"person-{path.stem[4:10]}")
def test_a_file_of_one_person_says_the_same_as_the_big_one(path: Path, tmp_path: Path) -> None:
    alone = read_path(path, tmp_path)
    number = path.stem.removeprefix("PNR_")
    assert [each.record_type for each in alone.problems] == ["999"]  # it keeps the big file's count
    assert alone.texts() == {number: read_path(LINES, tmp_path).texts()[number]}


def test_there_are_files_of_all_persons() -> None:
    assert len(single_files()) == 80


@pytest.mark.parametrize("name", ["GLBASETEST", "GLBASETEST_MEDCOM"])
def test_the_greenland_product_is_refused(name: str) -> None:
    with pytest.raises(GreenlandLayout, match="Greenland"):
        scan(CPR / "greenland" / name)


@pytest.mark.parametrize("path", sorted((CPR / "direct").glob("*.bin")), ids=lambda path: path.stem)
def test_answers_of_cpr_direkte_are_records_in_the_stream_form(path: Path, tmp_path: Path) -> None:
    answer = read(path.read_bytes()[28:], tmp_path)
    assert len(answer.persons) == 1
    assert answer.problems == []


def test_an_answer_with_its_header_is_no_file() -> None:
    with pytest.raises(FileRefused):
        scan(CPR / "direct" / "answer_1.bin")


def test_every_record_type_of_the_extract_is_there(reading: Reading) -> None:
    found = {record.type for person in reading.persons for record in person.records}
    assert found == {f"{number:03}" for number in range(1, 31)} | {"099"}
    assert found < set(LAYOUTS)


# The persons that the description of the sample data names, field by field.


def protections(contact: MappedContact) -> list[tuple[str, Day | None, Day | None]]:
    return [(each.kind, each.start, each.end) for each in contact.protections]


def by_role(contact: MappedContact, role: Role) -> list[MappedReference]:
    return [each for each in contact.references if each.role is role]


def test_four_protections(mapped: dict[str, MappedContact]) -> None:
    lapsed = mapped["2802363039"]
    assert protections(lapsed) == [
        ("0001", Day(1997, 9, 9), Day(2001, 2, 20)),
        ("0002", Day(1997, 9, 9), Day(2001, 2, 20)),
        ("0003", Day(1998, 4, 4), Day(2000, 9, 1)),
        ("0004", Day(1998, 6, 4), Day(2000, 11, 1)),
    ]
    assert lapsed.addresses["HA"].protection is None
    in_force = mapped["0701614011"]
    assert Protection("0001", Day(2001, 11, 2), Day(2004, 11, 2)) in in_force.protections
    assert len(in_force.protections) == 4
    assert in_force.addresses["HA"].protection == Day(2001, 11, 2)


def test_the_emigrated(mapped: dict[str, MappedContact]) -> None:
    emigrated = mapped["0708614335"]
    assert emigrated.info["Status"] == ("80",)
    assert emigrated.dates["Statusfra"] == (PartialDate("1999-02-01T13:00", Precision.MINUTE),)
    assert emigrated.fields["end_date"] is None
    assert "HA" not in emigrated.addresses
    for number in ("0709614258", "0709614738"):
        assert mapped[number].info["Status"] == ("80",)
    contact = mapped["0709614738"].addresses["KONTAKT"]
    assert contact.address1 == "Kontaktadresse Linje 1 1 1 1 1 1 1"
    assert contact.address2 == "Kontaktadresse Linje 222 222 22222"
    assert (contact.address3 or "").endswith(", Kontaktadresse Linje 5 5 5 5 55555")
    assert contact.start_date == Day(2001, 6, 30)


def test_the_disappeared(mapped: dict[str, MappedContact]) -> None:
    disappeared = mapped["1312814362"]
    assert disappeared.info["Status"] == ("70",)
    assert disappeared.dates["Statusfra"] == (
        PartialDate("1997-09-09T15:41", Precision.MINUTE, uncertain=True),
    )
    assert disappeared.addresses == {}


def test_guardians(mapped: dict[str, MappedContact]) -> None:
    by_number = mapped["0709614126"]
    assert by_role(by_number, Role.GUARDIAN) == [
        MappedReference(Role.GUARDIAN, "C", number="0904414131", start_date=Day(2000, 2, 28))
    ]
    assert by_number.dates["Umyndig"] == (PartialDate("2000-02-28", Precision.DAY),)
    by_name = mapped["0909610028"]
    assert by_role(by_name, Role.GUARDIAN) == [
        MappedReference(
            Role.GUARDIAN,
            "P",
            name="Dieter Planckhardt",
            start_date=Day(2001, 6, 30),
            end_date=Day(2009, 7, 1),
        )
    ]
    assert by_name.former_numbers == ("0709614134",)


@pytest.mark.parametrize(
    ("number", "current", "status"),
    [
        ("0101520013", "0107529039", "50"),
        ("0108610069", "0709610015", "60"),
        ("0708614246", "0307610078", "60"),
        ("0709614398", "0909610036", "60"),
    ],
)
def test_changed_numbers(mapped: dict[str, MappedContact], number: str, current: str, status: str) -> None:
    former = mapped[number]
    assert former.info["Status"] == (status,)
    assert former.current_number == current
    assert former.info["GældendePNR"] == (current,)
    assert mapped[current].current_number is None
    assert number in mapped[current].former_numbers


@pytest.mark.parametrize(
    ("number", "day"),
    [
        ("0901414084", Day(1961, 3, 13)),
        ("0708614327", Day(2000, 6, 30)),
        ("0101980014", Day(2000, 6, 30)),
    ],
)
def test_the_dead(mapped: dict[str, MappedContact], number: str, day: Day) -> None:
    dead = mapped[number]
    assert dead.info["Status"] == ("90",)
    assert dead.fields["end_date"] == day
    assert "HA" not in dead.addresses
    assert by_role(dead, Role.SPOUSE) == []


def test_custody(mapped: dict[str, MappedContact]) -> None:
    assert by_role(mapped["0101980014"], Role.CUSTODY) == [
        MappedReference(Role.CUSTODY, "C", number=holder, start_date=Day(2008, 3, 1))
        for holder in ("0709614290", "0707614293")
    ]
    of_both = mapped["2906980013"]
    parents = {each.role: each.number for each in of_both.references if each.restrictor == "Forældre"}
    assert [each.number for each in by_role(of_both, Role.CUSTODY)] == [
        parents[Role.MOTHER],
        parents[Role.FATHER],
    ]
    assert {each.start_date for each in by_role(of_both, Role.CUSTODY)} == {Day(2008, 1, 1)}


def test_civil_status(mapped: dict[str, MappedContact]) -> None:
    married = mapped["0707614218"]
    assert married.info["Civilstand"] == ("G",)
    assert married.dates["Civst.fra"] == (PartialDate("1997-09-09T13:15", Precision.MINUTE),)
    assert by_role(married, Role.SPOUSE) == [
        MappedReference(Role.SPOUSE, "C", number="0708614319", start_date=Day(1997, 9, 9))
    ]
    assert [each.number for each in by_role(mapped["0708614319"], Role.SPOUSE)] == ["0707614218"]
    assert [each.number for each in by_role(mapped["0707614293"], Role.SPOUSE)] == ["0712614382"]
    partner = mapped["0709614037"]
    assert partner.info["Civilstand"] == ("P",)
    assert [each.number for each in by_role(partner, Role.SPOUSE)] == ["0709614045"]
    for divorced in ("0709614452", "0702614147", "0707614285"):
        assert mapped[divorced].info["Civilstand"] == ("F",)
        assert by_role(mapped[divorced], Role.SPOUSE) == []


def test_names_and_addresses(mapped: dict[str, MappedContact]) -> None:
    person = mapped["0107529039"]
    assert person.fields == {
        "name1": "Arne Udtzon",
        "name2": "Jensen",
        "text": "Arne Udtzon Jensen",
        "position": "Translatør",
        "end_date": None,
    }
    address = person.addresses["HA"]
    assert (address.municipality, address.country_code, address.start_date) == ("0851", "DK", Day(1998, 1, 1))
    assert (address.address1 or "").startswith("Industrivænget 48")
    assert person.dates["Fødselsdag"] == (PartialDate("1952-07-01", Precision.DAY),)
    assert person.info["Fødregkode"] == ("8333",)
    assert "Statusfra" not in person.dates


def test_uncertain_dates_keep_their_marker(mapped: dict[str, MappedContact]) -> None:
    marked = [
        each
        for contact in mapped.values()
        for dates in contact.dates.values()
        for each in dates
        if each.uncertain
    ]
    assert marked
    assert {each.precision for each in marked} <= {Precision.DAY, Precision.MINUTE, Precision.YEAR}


def test_everybody_alive_lives_somewhere_and_nobody_else_does(mapped: dict[str, MappedContact]) -> None:
    for contact in mapped.values():
        assert ("HA" in contact.addresses) is (contact.info["Status"] == ("01",))
    assert sum("HA" in contact.addresses for contact in mapped.values()) == 69
