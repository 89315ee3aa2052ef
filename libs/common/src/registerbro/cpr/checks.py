"""Whether a record holds what its layout says: one compiled pattern per type, an explanation only when it fails."""

import re
from typing import NamedTuple

from registerbro.cpr.layouts import LAYOUTS, Field, Kind, RecordLayout

_LONG = "(?:0[13578]|1[02])"
_SHORT = "(?:0[469]|11)"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_UTF8_IN_LATIN1 = re.compile("Ã[\x80-\xbf]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Fault(NamedTuple):
    """What is wrong with a record, and in which field (None: the record as a whole)."""

    field: str | None
    reason: str


def find_fault(record_type: str, text: str) -> Fault | None:
    """What is wrong with a record's text (trailing blanks may be missing), None if nothing is."""
    shape = _SHAPES.get(record_type)
    if shape is None:
        return Fault(None, "unknown record type")
    padded = text.ljust(shape.length if len(text) <= shape.length else shape.longest)
    if text.isprintable() and "Ã" not in text and shape.pattern.fullmatch(padded):
        return None
    return _explain(LAYOUTS[record_type], text)


def _explain(layout: RecordLayout, text: str) -> Fault | None:
    if found := _UTF8_IN_LATIN1.search(text):
        return Fault(_field_at(layout, found.start()), "UTF-8, not ISO-8859-1")
    if len(text) > layout.longest:
        return Fault(None, f"longer than {layout.longest} characters")
    if found := _CONTROL.search(text):
        return Fault(_field_at(layout, found.start()), "a control character")
    for field in layout.all_fields:
        if not re.fullmatch(_pattern(field), text[field.slice].ljust(field.length)):
            return Fault(field.name, _EXPECTED[field.kind])
    return None


def _field_at(layout: RecordLayout, index: int) -> str | None:
    return next((field.name for field in layout.all_fields if field.start <= index + 1 <= field.end), None)


def _date(separator: str) -> str:
    """Every possible date, and those of which only month or year are known."""
    month_and_day = "|".join((
        f"{_LONG}{separator}(?:0[0-9]|[12][0-9]|3[01])",
        f"{_SHORT}{separator}(?:0[0-9]|[12][0-9]|30)",
        f"02{separator}(?:0[0-9]|1[0-9]|2[0-8])",
        f"00{separator}00",
    ))  # fmt: skip
    return f"(?!0000)(?:[0-9]{{4}}{separator}(?:{month_and_day})|{_LEAP_YEAR}{separator}02{separator}29)"


_DASHED_DATE = f" {{10}}|{_date('-')}|0{{10}}|0000-00-00"
_COMPACT_DATE = f" {{8}}|{_date('')}|0{{8}}"
_TIME = "(?:(?:[01][0-9]|2[0-3])(?:[0-5][0-9]|99)|2400)"
_TIMESTAMP = f" {{12}}|0{{12}}|{_date('')}{_TIME}"


def _pattern(field: Field) -> str:
    if field.name == "pnr":
        return "(?!0{10})[0-9]{10}"
    match field.kind:
        case Kind.DIGITS | Kind.NUMBER:
            return f"(?:[0-9]{{{field.length}}}| {{{field.length}}})"
        case Kind.DATE:
            return f"(?:{_DASHED_DATE})"
        case Kind.COMPACT_DATE:
            return f"(?:{_COMPACT_DATE})"
        case Kind.TIMESTAMP:
            return f"(?:{_TIMESTAMP})"
        case Kind.TEXT | Kind.MARKER:
            return f".{{{field.length}}}"


_EXPECTED = {
    Kind.DIGITS: "not digits",
    Kind.NUMBER: "not ten digits",
    Kind.DATE: "not a possible date",
    Kind.COMPACT_DATE: "not a possible date",
    Kind.TIMESTAMP: "not a possible time",
}


class _Shape(NamedTuple):
    length: int
    longest: int
    pattern: re.Pattern[str]


def _shape(layout: RecordLayout) -> _Shape:
    usual = "".join(map(_pattern, layout.fields))
    extension = "".join(map(_pattern, layout.extension))
    return _Shape(layout.length, layout.longest, re.compile(f"{usual}(?:{extension})?", re.DOTALL))


_SHAPES = {layout.type: _shape(layout) for layout in LAYOUTS.values()}
