"""What the pages of contacts reckon by themselves: what a text is taken for, differences between states, where relations stand."""

from typing import Any

import pytest
from console.web.contacts import differences, graph
from console.web.contacts.differences import Difference
from console.web.contacts.graph import Relation
from console.web.contacts.recognising import Kind, digits, kinds
from console.web.languages import Language
from console.web.rendering import told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("010160-1234", [Kind.CPR]),
        ("0101601234", [Kind.CPR]),
        ("100338-7453", [Kind.CPR]),
        ("1003387453", [Kind.CPR, Kind.P_NUMBER]),
        ("1099387453", [Kind.P_NUMBER]),
        ("DK 26 91 17 45", [Kind.CVR]),
        ("26911745", [Kind.CVR]),
        ("KMD A/S", [Kind.NAME]),
        ("3 Byggefirma", [Kind.NAME]),
        ("12345", [Kind.NAME]),
        ("²²²²²²²²", [Kind.NAME]),
        ("٠١٠١٦٠١٢٣٤", [Kind.NAME]),
    ],
)  # fmt: skip
def test_the_one_field_knows_what_it_was_given(text: str, expected: list[Kind]) -> None:
    assert kinds(text) == expected


def test_a_number_is_sent_as_its_digits_and_a_name_as_it_is() -> None:
    assert [digits(each) for each in ("dk-26 91 17 45", "010160-1234", "A/S 1-2")] == [
        "26911745",
        "0101601234",
        "A/S 1-2",
    ]


def _address(kind: str, **fields: str | None) -> dict[str, Any]:
    return {**dict.fromkeys(differences.ADDRESS), "AddressType": kind, **fields}


def _state(**fields: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        name: [] for name in ("PreviousNameCodes", "Addresses", "References", "Info", "Dates")
    }
    return {**dict.fromkeys(differences.TEXTS), **empty, **fields}


def test_what_is_different_is_told_field_by_field() -> None:
    before = _state(
        Name2="Berg",
        Addresses=[_address("HA", Address1="Nyvej 1", Postcode="8000")],
        References=[{"Role": "Barn", "ToContactId": 7, "StartDate": None, "EndDate": None}],
        Info=[{"Label": "Note", "Value": "en"}, {"Label": "Note", "Value": "to"}],
    )
    after = _state(
        Name2="Holm",
        PreviousNameCodes=["0101800001"],
        Addresses=[
            _address("HA", Address1="Nyvej 2", Postcode="8000"),
            _address("CPRADR", Address1="Nyvej 1", Postcode="8000"),
        ],
        Info=[{"Label": "Note", "Value": "en"}],
    )
    assert differences.between(before, after) == [
        Difference(("Name2",), "Berg", "Holm"),
        Difference(("PreviousNameCodes",), None, "0101800001"),
        Difference(("HA", "Address1"), "Nyvej 1", "Nyvej 2"),
        Difference(("CPRADR",), None, "Nyvej 1, 8000"),
        Difference(("Barn",), "–", None, 7),
        Difference(("Note",), "en, to", "en"),
    ]
    assert differences.between(before, before) == []


def test_relations_stand_above_beside_and_below_and_nobody_twice() -> None:
    related = [
        Relation("Mor", 2, "Mor"),
        Relation("Ægtefælle", 3, "Spouse"),
        Relation("Barn", 4, "Child"),
        Relation("Forældremyndighed", 4, "Child"),
        Relation("Virksomhed", 5, "Unit", is_incoming=True),
    ]
    drawn = graph.drawn("Somebody with a very long name", related)
    height = {box.name: box.y for box in drawn.boxes}
    assert height["Mor"] < drawn.middle.y == height["Spouse"] < height["Child"] == height["Unit"]
    assert len(drawn.boxes) == 4
    assert drawn.middle.name.endswith("…")
    many = graph.drawn("A", [Relation("Barn", each, "B") for each in range(20)])
    assert (len(many.boxes), many.left_out) == (graph.MOST, 20 - graph.MOST)
    assert max(box.top + graph.BOX_HEIGHT for box in many.boxes) < many.height


def test_no_name_is_wider_than_its_box_in_the_drawing() -> None:
    def letters(name: str) -> int:
        return len(graph.drawn("A", [Relation("Barn", 1, name)]).boxes[0].name)

    assert letters("Ivar Vejlegård") == len("Ivar Vejlegård")
    assert letters("il" * 10) > letters("Aa" * 20) > letters("MW" * 20) > letters("漢字" * 20) > 5
    bold = graph.drawn("Aa" * 20, []).middle.name
    assert len(bold) < letters("Aa" * 20)
    assert letters("") == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1955-11-21", "21 Nov 1955"),
        ("2008-03-22T20:00", "22 Mar 2008 20:00"),
        ("1961-00-00", "1961-00-00"),
        ("1961-02-31T07:00", "1961-02-31 07:00"),
        ("see 1955-11-21", "see 1955-11-21"),
        ("", "–"),
        (None, "–"),
    ],
)
def test_days_that_a_register_told_are_written_as_people_write_them(value: str | None, shown: str) -> None:
    assert told(value, locale=Language.ENGLISH.locale) == shown
