"""Files and persons decoded for people; what is masked has no value."""

import datetime as dt

from pydantic import BaseModel, Field
from registerbro.contacts.model import PartialDate
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.layouts.field import Field as LayoutField
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.person import Coded, DecodedField, DecodedValue, decoded_fields
from registerbro.cpr.sensitivity import is_birthday, is_personal, is_protected, tells_of_protected_relative

from cpr_batch.showing import FileLook, PersonLook, fault_in


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


class PersonShown(BaseModel):
    """What a file says of one person."""

    ordinal: int = Field(description="the person's place in the file, from 1; 0: there is no record 001")
    is_protected: bool = Field(
        description="on the day of showing, by name and address protection or what gives it away"
    )
    is_masked: bool
    records: list[RecordShown]

    @classmethod
    def of(cls, found: PersonLook, day: dt.date, *, unmasked: bool, protected: bool) -> "PersonShown":
        """Of a protected person nothing personal shows without ``protected``, nor of a protected relative."""
        is_hidden = is_protected(found.texts, day)
        shows = unmasked and (protected or not is_hidden)
        return cls(
            ordinal=found.ordinal,
            is_protected=is_hidden,
            is_masked=not shows,
            records=[
                RecordShown.of(
                    record.line, record.offset, text,
                    shows=shows and (protected or not tells_of_protected_relative(text)),
                )
                for record, text in zip(found.records, found.texts, strict=True)
            ],
        )  # fmt: skip

    @property
    def shown_fields(self) -> list[str]:
        """The personal fields that can be read, for the audit log."""
        return sorted(
            {
                f"{record.record_type}.{field.name}"
                for record in self.records
                for field in record.fields
                if not field.is_masked and is_personal(LAYOUTS[record.record_type].field(field.name))
            }
        )


class ProblemShown(BaseModel):
    """Something wrong in the file, and where."""

    severity: str
    line: int | None
    offset: int | None
    record_type: str | None
    field: str | None
    reason: str


class FileShown(BaseModel):
    """A file as a whole."""

    name: str
    size_bytes: int
    form: str
    is_whole: bool = Field(description="whether an import would take it")
    refusal: str | None
    task_number: str | None
    production_date: dt.date | None
    previous_production_date: dt.date | None
    declared_records: int | None = Field(description="what the end record says")
    records: int
    persons: int
    counts: dict[str, int] = Field(description="records by type")
    problem_count: int
    problems: list[ProblemShown] = Field(description="the first hundred")

    @classmethod
    def of(cls, found: FileLook) -> "FileShown":
        """From a look at the file."""
        summary = found.summary
        return cls(
            name=found.path.name,
            size_bytes=found.path.stat().st_size,
            form=str(found.form),
            is_whole=summary is not None,
            refusal=str(found.refusal) if found.refusal else None,
            task_number=summary.task_number if summary else None,
            production_date=summary.production_date if summary else None,
            previous_production_date=summary.previous_production_date if summary else None,
            declared_records=summary.declared if summary else None,
            records=sum(count for kind, count in found.counts.items() if kind not in ("000", "999")),
            persons=found.persons,
            counts=dict(sorted(found.counts.items())),
            problem_count=found.problem_count,
            problems=[ProblemShown.model_validate(each, from_attributes=True) for each in found.problems],
        )
