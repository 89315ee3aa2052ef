"""Writes records and whole files from the same tables that the reader reads with.

``RecordValueError`` is raised for what a record cannot hold; it names record and field, never the value.
"""

import datetime as dt
import enum
import zoneinfo
from collections.abc import Iterable
from typing import BinaryIO, TypeAlias

from registerbro.cpr.layouts import LAYOUTS, Field, Kind, RecordLayout
from registerbro.cpr.numbers import CprNumber

Value: TypeAlias = str | int | bool | dt.date | dt.datetime | CprNumber | None
ENCODING = "iso-8859-1"
DANISH_TIME = zoneinfo.ZoneInfo("Europe/Copenhagen")


class Form(enum.StrEnum):
    """How records stand in a file."""

    LINES = "lines"
    STREAM = "stream"  # no line ends, each record at its full length


class RecordValueError(ValueError):
    """A value does not fit its field, or the record has no such field."""

    def __init__(self, record_type: str, field: str, problem: str) -> None:
        super().__init__(f"record {record_type}, field {field}: {problem}")


def write_record(record_type: str, /, **values: Value) -> str:
    """One record at its full length. A field that is not given (or None) is empty as the register writes it.

    Texts are taken as they are (``""`` fills with blanks), numbers are zero padded, dates written as the field wants
    them (aware times in Danish time), and ``True`` sets a marker to ``*``. The longer variant is written when one of
    its fields is given.
    """
    layout, fields = LAYOUTS[record_type], _FIELDS[record_type]
    placed: list[tuple[int, str]] = []
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            raise RecordValueError(record_type, name, "no such field")
        if value is not None:
            placed.append((field.start - 1, _field_text(layout, field, value)))
    placed.sort()
    is_extended = bool(placed) and placed[-1][0] >= layout.length
    return _spliced(_EMPTY[record_type][: layout.longest if is_extended else layout.length], placed)


def write_file(
    target: BinaryIO,
    records: Iterable[str],
    *,
    task_number: str,
    production_date: dt.date,
    previous_production_date: dt.date | None = None,
    form: Form = Form.LINES,
    line_end: str = "\n",
    trim: bool = True,
) -> int:
    """Writes ``records`` between a start and an end record; returns how many there were in between.

    ``trim`` cuts trailing blanks off the lines, as transfers do; in the stream form each record keeps its length.
    """
    start = write_record(
        "000",
        task_number=task_number,
        production_date=production_date,
        previous_production_date=previous_production_date,
    )
    finish = line_end.encode() if form is Form.LINES else b""
    trim = trim and form is Form.LINES
    count = 0
    target.write(start.encode(ENCODING) + finish)
    for record in records:
        target.write((record.rstrip(" ") if trim else record).encode(ENCODING) + finish)
        count += 1
    target.write(write_record("999", record_count=count).encode(ENCODING) + finish)
    return count


def _spliced(text: str, placed: Iterable[tuple[int, str]]) -> str:
    """``text`` with pieces put over it, each at its index, in ascending order."""
    parts: list[str] = []
    position = 0
    for start, piece in placed:
        parts.append(text[position:start])
        parts.append(piece)
        position = start + len(piece)
    parts.append(text[position:])
    return "".join(parts)


def _field_text(layout: RecordLayout, field: Field, value: Value) -> str:
    text = value if value.__class__ is str else _as_text(field, value)
    length = field.length
    if len(text) > length:
        raise RecordValueError(layout.type, field.name, f"longer than {length} characters")
    if not text.isascii():
        _check_encodable(layout, field, text)
    return text.rjust(length) if field.right else text.ljust(length)


def _as_text(field: Field, value: Value) -> str:
    match value:
        case str():
            return value
        case bool():
            return "*" if value else ""
        case int():
            return str(value).zfill(field.length)
        case CprNumber():
            return value.value
        case dt.date():
            return _date_text(field.kind, value)
        case _:
            raise TypeError(f"{field.name}: {type(value).__name__} cannot be written")


def _date_text(kind: Kind, value: dt.date) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo:
        value = value.astimezone(DANISH_TIME)
    day = f"{value.year:04}-{value.month:02}-{value.day:02}"
    match kind:
        case Kind.TIMESTAMP if isinstance(value, dt.datetime):
            return day.replace("-", "") + f"{value.hour:02}{value.minute:02}"
        case Kind.TIMESTAMP:
            return day.replace("-", "") + "0000"
        case Kind.COMPACT_DATE:
            return day.replace("-", "")
        case _:
            return day


def _check_encodable(layout: RecordLayout, field: Field, text: str) -> None:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        raise RecordValueError(layout.type, field.name, "not in ISO-8859-1") from None


def _empty_record(layout: RecordLayout) -> str:
    """The longest variant with nothing in it but its type and, at both ends of a file, the sort field."""
    text = "".join(field.empty * field.length for field in layout.all_fields)
    return _spliced(text, ((0, layout.type), *_SORT_FIELDS.get(layout.type, ())))


_SORT_FIELDS = {"000": [(3, "0" * 10)], "999": [(3, "9" * 10)]}
_EMPTY = {layout.type: _empty_record(layout) for layout in LAYOUTS.values()}
_FIELDS = {
    layout.type: {field.name: field for field in layout.all_fields if field.name != "record_type"}
    for layout in LAYOUTS.values()
}
