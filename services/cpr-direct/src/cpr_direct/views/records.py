"""A person as CPR delivered it, record by record."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field
from registerbro.cpr.sensitivity import tells_of_protected_relative
from registerbro.record_views import RecordShown, personal_fields

from cpr_direct.wire import PersonAnswer


class PersonRecordsOut(BaseModel):
    """Every record of an answer; personal fields of a protected person are masked for callers without the scope."""

    number: str = Field(description="the number that CPR answered about")
    production_date: dt.date
    task_number: str
    is_protected: bool = Field(description="name and address are protected, seen or not")
    is_masked: bool
    records: list[RecordShown]

    @classmethod
    def of(cls, answer: PersonAnswer, *, is_protected: bool, may_see: bool) -> Self:
        """From CPR's answer."""
        shows = may_see or not is_protected
        return cls(
            number=answer.number.value,
            production_date=answer.production_date,
            task_number=answer.task_number,
            is_protected=is_protected,
            is_masked=not shows,
            records=[
                RecordShown.of(
                    record.line,
                    record.offset,
                    record.text,
                    shows=shows and (may_see or not tells_of_protected_relative(record.text)),
                )
                for record in answer.person.records
            ],
        )

    @property
    def shown_fields(self) -> list[str]:
        """The personal fields that can be read, for the audit log."""
        return personal_fields(self.records)
