"""Files and persons decoded for people; what is masked has no value."""

import datetime as dt

from pydantic import BaseModel, Field
from registerbro.cpr.sensitivity import is_protected, tells_of_protected_relative
from registerbro.record_views import RecordShown, personal_fields

from cpr_batch.showing import FileLook, PersonLook


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
        return personal_fields(self.records)


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
