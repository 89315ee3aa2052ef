"""Records decoded for people: every field that holds something, codes with their texts; what is masked has no value."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from registerbro.contacts.model import PartialDate
from registerbro.cpr.checks import find_fault
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.layouts.field import Field as LayoutField
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.person import Coded, DecodedField, DecodedValue, decoded_fields
from registerbro.cpr.sensitivity import is_birthday, is_personal


class FieldShown(BaseModel):
    """A field of a record that holds something."""

    name: str
    danish: str
    position: str = Field(description="first and last character, from 1")
    meaning: str
    is_masked: bool = False
    value: str | None = None
    danish_text: str | None = Field(default=None, description="what a code means")
    english_text: str | None = None
    precision: str | None = Field(default=None, description="of a date: year, month, day or minute")
    uncertain: bool = Field(
        default=False, description="of a date: it carries the register's mark of uncertainty"
    )

    @classmethod
    def of(cls, field: LayoutField, value: DecodedValue, *, is_masked: bool) -> "FieldShown":
        """From a decoded field."""
        shown = cls(
            name=field.name, danish=field.danish, position=f"{field.start}-{field.end}", meaning=field.meaning
        )
        if is_masked:
            return shown.model_copy(update={"is_masked": True})
        return shown.model_copy(update=_told(value))


def _told(value: DecodedValue) -> dict[str, object]:
    match value:
        case CprNumber():
            return {"value": value.value}
        case PartialDate():
            return {"value": value.value, "precision": value.precision.value, "uncertain": value.uncertain}
        case Coded(code, None):
            return {"value": code}
        case Coded(code, text):
            assert text is not None  # noqa: S101 (for the type checker)
            return {"value": code, "danish_text": text.danish, "english_text": text.english}
        case _:
            return {"value": value}


def _tells(field: DecodedField, record: str) -> bool:
    """Whether it tells who the person is: much that a person has, like name and home, begins on the day of birth."""
    return is_personal(field.field) or (
        isinstance(field.value, PartialDate) and is_birthday(field.value, record[3:13])
    )


class RecordShown(BaseModel):
    """A record of a person."""

    record_type: str
    danish: str
    english: str
    line: int
    offset: int
    problem: str | None
    fields: list[FieldShown]

    @classmethod
    def of(cls, line: int, offset: int, text: str, *, shows: bool) -> "RecordShown":
        """From its text; one of unknown type has no fields."""
        layout = LAYOUTS.get(text[:3])
        fields = decoded_fields(layout, text) if layout else ()
        problem = fault_in(text)
        return cls(
            record_type=text[:3] if layout else "???",
            danish=layout.danish_name if layout else "",
            english=layout.english_name if layout else "unknown record type",
            line=line,
            offset=offset,
            problem=problem,
            fields=[
                FieldShown.of(
                    each.field, each.value, is_masked=not shows and (bool(problem) or _tells(each, text))
                )
                for each in fields
            ],
        )


def fault_in(text: str) -> str | None:
    """What is wrong with a record, and in which field."""
    fault = find_fault(text[:3], text)
    if fault is None:
        return None
    return f"{fault.field}: {fault.reason}" if fault.field else fault.reason


def personal_fields(records: Iterable[RecordShown]) -> list[str]:
    """The personal fields that can be read, for the audit log."""
    return sorted(
        {
            f"{record.record_type}.{field.name}"
            for record in records
            for field in record.fields
            if not field.is_masked and is_personal(LAYOUTS[record.record_type].field(field.name))
        }
    )
