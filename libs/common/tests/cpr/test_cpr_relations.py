"""References: spouse, parents, children, custody, guardian."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from registerbro.contacts.model import MappedContact, MappedReference, NameType, PartialDate, Precision, Role
from registerbro.cpr.mapping import map_person

from tests.support.cpr_files import ANNA, BENT, CARL, CONTEXT, extract, read, record

Day = dt.date
NOBODY = "0000000000"


def mapped(directory: Path, *records: str, guardian_name_type: str = "P") -> MappedContact:
    person = read(extract([record("001", status="01"), *records]), directory).persons[0]
    return map_person(person, context=dataclasses.replace(CONTEXT, guardian_name_type=guardian_name_type))


def references(directory: Path, *records: str) -> list[MappedReference]:
    return list(mapped(directory, *records).references)


@pytest.mark.parametrize("status", ["G", "P"])
def test_a_spouse_by_number(status: str, tmp_path: Path) -> None:
    civil = record(
        "012", civil_status=status, spouse_pnr=BENT, spouse_name="Bent", civil_status_start="200011181530"
    )
    assert references(tmp_path, civil) == [
        MappedReference(Role.SPOUSE, NameType.PERSON, number=BENT, start_date=Day(2000, 11, 18))
    ]


@pytest.mark.parametrize("number", ["", NOBODY])
def test_a_spouse_by_name(number: str, tmp_path: Path) -> None:
    civil = record("012", civil_status="G", spouse_pnr=number, spouse_name="Schmidt,Heinrich")
    assert references(tmp_path, civil) == [
        MappedReference(Role.SPOUSE, NameType.PERSON_WITHOUT_NUMBER, name="Schmidt,Heinrich")
    ]
    assert references(tmp_path, record("012", civil_status="G", spouse_birth_date=Day(1970, 1, 1))) == []


@pytest.mark.parametrize("status", ["U", "F", "E", "O", "L", "D", ""])
def test_a_former_spouse_is_none(status: str, tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("012", civil_status=status, spouse_pnr=BENT))
    assert contact.references == ()
    assert "reference:Ægtefælle" in contact.delivers


def test_parents_by_number_and_by_name(tmp_path: Path) -> None:
    parents = record(
        "015",
        father_pnr=BENT,
        father_date=Day(1961, 9, 9),
        mother_name="Gomez,Maria",
        mother_date=Day(1961, 8, 7),
    )
    assert references(tmp_path, parents) == [
        MappedReference(Role.FATHER, "C", number=BENT, restrictor="Forældre", start_date=Day(1961, 9, 9)),
        MappedReference(
            Role.MOTHER, "P", name="Gomez,Maria", restrictor="Forældre", start_date=Day(1961, 8, 7)
        ),
    ]


def test_unknown_parents_are_none(tmp_path: Path) -> None:
    assert references(tmp_path, record("015", mother_pnr=NOBODY, father_pnr="")) == []


def test_children_once_each(tmp_path: Path) -> None:
    children = [record("014", child_pnr=number) for number in (CARL, BENT, CARL, NOBODY)]
    assert references(tmp_path, *children) == [
        MappedReference(Role.CHILD, "C", number=CARL),
        MappedReference(Role.CHILD, "C", number=BENT),
    ]


PARENTS = record("015", mother_pnr=CARL, father_pnr=BENT)


@pytest.mark.parametrize(
    ("kind", "holder"), [("0003", CARL), ("0004", BENT), ("0005", "0404741990"), ("0006", "0404741990")]
)
def test_custody_of_parents_and_others(kind: str, holder: str, tmp_path: Path) -> None:
    custody = record(
        "016",
        relation_type=kind,
        custody_start=Day(2008, 1, 1),
        custody_end=Day(2026, 1, 1),
        holder_pnr="0404741990",
    )
    assert references(tmp_path, PARENTS, custody)[2:] == [
        MappedReference(
            Role.CUSTODY, "C", number=holder, start_date=Day(2008, 1, 1), end_date=Day(2026, 1, 1)
        )
    ]


def test_one_holder_of_custody_is_one_reference(tmp_path: Path) -> None:
    both = [record("016", relation_type=kind, holder_pnr=CARL) for kind in ("0003", "0005", "0004")]
    assert [each.number for each in references(tmp_path, PARENTS, *both)[2:]] == [CARL, BENT]


def test_a_parent_by_name_who_has_custody_is_there_as_a_parent(tmp_path: Path) -> None:
    parents = record("015", mother_name="Gomez,Maria")
    found = references(tmp_path, parents, record("016", relation_type="0003"))
    assert [each.role for each in found] == [Role.MOTHER]
    assert references(tmp_path, record("016", relation_type="0003")) == []


@pytest.mark.parametrize("kind", ["017", "052"])
def test_a_guardian_by_number(kind: str, tmp_path: Path) -> None:
    contact = mapped(
        tmp_path,
        record(kind, guardianship_start=Day(2000, 2, 28), guardianship_start_uncertain=True, relation_type="0001",
               guardian_pnr=BENT, guardian_start=Day(2000, 3, 1)),
    )  # fmt: skip
    assert contact.references == (
        MappedReference(Role.GUARDIAN, "C", number=BENT, start_date=Day(2000, 3, 1)),
    )
    assert contact.dates["Umyndig"] == (PartialDate("2000-02-28", Precision.DAY, uncertain=True),)


@pytest.mark.parametrize("name_type", ["P", "X"])
def test_a_guardian_by_name(name_type: str, tmp_path: Path) -> None:
    guardianship = record(
        "017", guardianship_start=Day(2001, 6, 30), guardianship_end=Day(2009, 7, 1), relation_type="0002",
        guardian_pnr=BENT, guardian_name="Hans Wurst", guardian_text_start=Day(2001, 7, 2),
    )  # fmt: skip
    assert mapped(tmp_path, guardianship, guardian_name_type=name_type).references == (
        MappedReference(
            Role.GUARDIAN, name_type, name="Hans Wurst", start_date=Day(2001, 7, 2), end_date=Day(2009, 7, 1)
        ),
    )


def test_a_guardianship_that_has_ended_keeps_its_dates(tmp_path: Path) -> None:
    ended = record(
        "017",
        guardianship_start=Day(2001, 6, 30),
        guardianship_end=Day(2009, 7, 1),
        relation_type="0001",
        guardian_pnr=BENT,
    )
    assert references(tmp_path, ended) == [
        MappedReference(
            Role.GUARDIAN, "C", number=BENT, start_date=Day(2001, 6, 30), end_date=Day(2009, 7, 1)
        )
    ]


def test_without_a_start_there_is_no_guardian(tmp_path: Path) -> None:
    contact = mapped(tmp_path, record("017", relation_type="0001", guardian_pnr=BENT))
    assert contact.references == ()
    assert "Umyndig" not in contact.dates
    assert {"reference:Værge", "date:Umyndig"} <= contact.delivers


def test_a_guardianship_delivered_twice_is_one(tmp_path: Path) -> None:
    values = {"guardianship_start": Day(2000, 2, 28), "relation_type": "0001", "guardian_pnr": BENT}
    found = references(tmp_path, record("017", **values), record("052", guardianship_type="FULD", **values))  # type: ignore[arg-type]
    assert len(found) == 1


def test_no_reference_shows_a_number(tmp_path: Path) -> None:
    assert ANNA[-4:] not in repr(references(tmp_path, record("014", child_pnr=BENT)))
    assert BENT not in repr(references(tmp_path, record("014", child_pnr=BENT)))
