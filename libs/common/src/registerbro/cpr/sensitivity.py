"""Which fields tell who somebody is, where they live or what they believe, and whose records are protected.

What is not known to be harmless counts as personal: a field that is added to a layout is masked until somebody decides otherwise.
"""

import datetime as dt
from collections.abc import Iterable

from registerbro.contacts.model import PartialDate
from registerbro.cpr.dates import plain_date
from registerbro.cpr.layouts import LAYOUTS, Field, Kind

NAME_AND_ADDRESS = "0001"
PROTECTED_STATUSES = frozenset({"03", "07"})
SPECIAL_ROADS = range(9900, 10_000)

_PLACES = frozenset(
    {"municipality_code", "road_code", "post_code", "birth_authority_code", "country_code", "exit_country_code", "entry_country_code"}
)  # fmt: skip
_HARMLESS_TEXTS = frozenset({"status", "sex", "event", "derived_mark", "civil_status", "guardianship_type"})
_STATUS = LAYOUTS["001"].field("status").slice
_PROTECTION = LAYOUTS["004"].field("protection_type").slice
_START, _END = LAYOUTS["004"].field("start").slice, LAYOUTS["004"].field("end").slice
_RELATIVE = LAYOUTS["031"].field("protection_start").slice
_ROADS = {
    layout.type: layout.field("road_code").slice
    for layout in LAYOUTS.values()
    if any(field.name == "road_code" for field in layout.fields)
}


def is_personal(field: Field) -> bool:
    """Whether the field may show only to those who may know the person."""
    match field.kind:
        case Kind.NUMBER:
            return True
        case Kind.TEXT:
            return field.name not in _HARMLESS_TEXTS
        case Kind.DIGITS:
            return field.name in _PLACES
        case Kind.DATE | Kind.TIMESTAMP | Kind.COMPACT_DATE:
            return "birth" in field.name
        case Kind.MARKER:
            return False


def is_birthday(date: PartialDate, number: str) -> bool:
    """Whether a date is the day that the personal number begins with (DDMMYY), whatever it is the date of."""
    day = date.value
    return len(day) >= 10 and f"{day[8:10]}{day[5:7]}{day[2:4]}" == number[:6]


def is_protected(texts: Iterable[str], day: dt.date) -> bool:
    """Whether a person with these records is protected on a Danish day: by record 004, by status, or by a road that tells it."""
    return any(_protects(text, day) for text in texts)


def _protects(text: str, day: dt.date) -> bool:
    record_type = text[:3]
    if record_type == "001" and text[_STATUS] in PROTECTED_STATUSES:
        return True
    if record_type == "004" and text[_PROTECTION] == NAME_AND_ADDRESS:
        return _is_in_force(text, day)
    road = text[_ROADS[record_type]] if record_type in ("002", "003") else ""
    return road.isascii() and road.isdigit() and int(road) in SPECIAL_ROADS


def _is_in_force(text: str, day: dt.date) -> bool:
    """An unreadable date protects."""
    start, end = plain_date(text[_START]), plain_date(text[_END])
    return (start is None or start <= day) and (end is None or end >= day)


def tells_of_protected_relative(text: str) -> bool:
    """Whether the record is about a relative whose name and address are protected."""
    return text[:3] in ("031", "032", "033") and bool(text[_RELATIVE].strip("0- "))
