"""A person's records decoded in full, for the detail of a contact: every field, with what its code means."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from registerbro.contacts.model import PartialDate
from registerbro.cpr.dates import parse_date, parse_timestamp
from registerbro.cpr.layouts import LAYOUTS, CodeText, Field, Kind, RecordLayout
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber, number_or_none
from registerbro.cpr.records import Record


class Coded(NamedTuple):
    """A code as delivered, with its texts; None where its meaning is not published."""

    code: str
    text: CodeText | None


DecodedValue: TypeAlias = str | CprNumber | PartialDate | Coded


def decode(record: Record) -> dict[str, DecodedValue]:
    """The fields of a record that have a value, by name: texts, numbers, dates and codes with their meaning.

    An uncertainty marker is part of the date before it. Codes and counts keep their leading zeros.
    """
    return dict(_decoded(LAYOUTS[record.type], record.text))


def raw_fields(record: Record) -> dict[str, str]:
    """Every field of a record as delivered, blanks around it cut; what ``write_record`` takes to write it again."""
    layout = LAYOUTS[record.type]
    text = record.padded
    fields = layout.fields if len(text) == layout.length else layout.all_fields
    return {field.name: _bare(field, text) for field in fields if field.name != "record_type"}


def decode_all(records: str) -> list[tuple[RecordLayout, dict[str, DecodedValue]]]:
    """What a contact's stored records say, one entry a record, in their order."""
    return [
        (LAYOUTS[text[:3]], dict(_decoded(LAYOUTS[text[:3]], text)))
        for text in records.split("\n")
        if text[:3] in LAYOUTS
    ]


def _decoded(layout: RecordLayout, text: str) -> Iterator[tuple[str, DecodedValue]]:
    markers = {field.start: text[field.slice] for field in layout.fields if field.name.endswith("_uncertain")}
    for field in layout.all_fields:
        if field.name == "record_type" or field.name.endswith("_uncertain"):
            continue
        value = _value(field, text[field.slice], markers.get(field.end + 1, ""))
        if value is not None:
            yield field.name, value


def _value(field: Field, text: str, marker: str) -> DecodedValue | None:
    match field.kind:
        case Kind.DATE:
            return parse_date(text, marker)
        case Kind.TIMESTAMP:
            return parse_timestamp(text, marker)
        case Kind.COMPACT_DATE:
            return parse_timestamp(f"{text}0000")
        case Kind.NUMBER:
            number = number_or_none(text)
            return CprNumber.parse(number) if number else None
        case Kind.DIGITS | Kind.TEXT | Kind.MARKER:
            return _text_or_code(field, text.strip())


def _text_or_code(field: Field, text: str) -> str | Coded | None:
    if not text or (field.kind is Kind.DIGITS and not text.strip("0")):
        return None
    return Coded(text, field.codes.get(text)) if field.codes else text


def _bare(field: Field, text: str) -> str:
    raw = text[field.slice]
    return raw.strip(" ") if field.right else raw.rstrip(" ")


class DecodedField(NamedTuple):
    """A field that holds something; ``value`` is its bare text where it cannot be what the layout says."""

    field: Field
    value: DecodedValue


def decoded_fields(layout: RecordLayout, text: str) -> Iterator[DecodedField]:
    """Every field with a value, in the order of the record; unlike ``decode`` also of a record with faults in it."""
    markers = {field.start: text[field.slice] for field in layout.fields if field.name.endswith("_uncertain")}
    for field in layout.all_fields:
        if field.name == "record_type" or field.name.endswith("_uncertain"):
            continue
        raw = text[field.slice]
        try:
            value = _value(field, raw, markers.get(field.end + 1, ""))
        except InvalidCprNumber:
            value = raw.strip()
        if value is None and raw.strip("0- "):
            value = raw.strip()
        if value is not None:
            yield DecodedField(field, value)
