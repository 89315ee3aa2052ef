"""A relative is taken out of records: who it is stands nowhere any more, all else stays, and what is left is still read."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cpr.layouts import LAYOUTS, Kind
from registerbro.cpr.mapping import map_person
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.person import decode, raw_fields
from registerbro.cpr.reader import PersonRecords
from registerbro.cpr.records import Record
from registerbro.cpr.redacting import RELATIVES, relatives_numbers, without_relatives

from tests.support.cpr_files import ANNA, BENT, CARL, CONTEXT, record

OWN = frozenset({"pnr", "current_pnr", "old_pnr"})
PLACES = [(record_type, number) for record_type, numbers in RELATIVES.items() for number in numbers]


def filled(record_type: str, **numbers: str) -> str:
    """A record with something in every field."""
    values: dict[str, Any] = {}
    for field in LAYOUTS[record_type].fields[2:]:
        match field.kind:
            case Kind.NUMBER:
                values[field.name] = CARL
            case Kind.DATE | Kind.COMPACT_DATE:
                values[field.name] = dt.date(2001, 2, 3)
            case Kind.TIMESTAMP:
                values[field.name] = "200102031200"
            case Kind.MARKER:
                values[field.name] = "*"
            case Kind.DIGITS:
                values[field.name] = "7"
            case Kind.TEXT:
                values[field.name] = "Q" * field.length
    return record(record_type, ANNA, **values | numbers)


def test_every_number_that_is_not_the_persons_own_is_a_relatives() -> None:
    numbers = {
        (layout.type, field.name)
        for layout in LAYOUTS.values()
        for field in layout.all_fields
        if field.kind is Kind.NUMBER and field.name not in OWN
    }
    assert numbers == set(PLACES)


@pytest.mark.parametrize(("record_type", "number"), PLACES)
def test_nothing_is_left_of_the_relative_and_all_else_stays(record_type: str, number: str) -> None:
    text = filled(record_type, **{number: BENT})
    left = without_relatives(text, BENT.__eq__)
    assert BENT in text
    assert BENT not in left
    others = RELATIVES[record_type][number]
    if others is None:
        assert left == ""
        return
    taken, kept = (raw_fields(Record(record_type, 1, 0, each)) for each in (text, left))
    changed = {name for name in taken if taken[name] != kept[name]}
    assert changed == {number, *others}
    assert decode(Record(record_type, 1, 0, left))
    assert number not in decode(Record(record_type, 1, 0, left))


_SOME = st.lists(
    st.builds(
        lambda place, number: filled(place[0], **{place[1]: number}).rstrip(" "),
        st.sampled_from(PLACES),
        st.sampled_from([BENT, CARL, "0505651117"]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(_SOME, st.sets(st.sampled_from([BENT, CARL])))
def test_what_is_left_maps_to_the_same_person_without_the_relatives(
    records: list[str], gone: set[str]
) -> None:
    basic = [
        record("001", ANNA, status="01").rstrip(" "),
        record("008", ANNA, first_names="Anna").rstrip(" "),
    ]
    whole = "\n".join(basic + records)
    left = without_relatives(whole, gone.__contains__)
    assert without_relatives(left, gone.__contains__) == left
    assert not gone.intersection(relatives_numbers(left))
    if not gone.intersection(relatives_numbers(whole)):
        assert left is whole
    before, after = map(mapped, (whole, left))
    assert (before.fields, before.addresses, before.info) == (after.fields, after.addresses, after.info)
    named = {each.number for each in before.references} - gone
    assert {each.number for each in after.references} <= named | {None}


def mapped(text: str) -> Any:
    records = [Record(line[:3], place, 0, line) for place, line in enumerate(text.split("\n"), start=1)]
    return map_person(PersonRecords(1, CprNumber.parse(ANNA), records), context=dataclasses.replace(CONTEXT))
