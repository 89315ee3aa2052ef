"""What an adoption did, for the command line's JSON."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from cpr_batch.adoption.adopting import Adoption
from cpr_batch.adoption.subscribed import ListTaken
from cpr_batch.adoption.table import Fault
from cpr_batch.views.common import Counts


class FaultView(BaseModel):
    """Why a row was not taken over."""

    line: int
    column: str
    value: str = Field(description="its shape only: digits as 9, letters as a")
    reason: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """From the reader."""
        return cls(line=fault.line, column=fault.column, value=fault.value, reason=fault.reason)


class AdoptionView(BaseModel):
    """What became of a file."""

    name: str
    as_of: dt.date = Field(description="the day on which its subscriptions were as it says")
    encoding: str
    delimiter: str
    counts: Counts = Field(description="rows by outcome, and how many wishes were set")
    faults: list[FaultView]
    error_file: str | None = Field(description="file with the same faults, beside the other")
    is_dry_run: bool

    @classmethod
    def of(cls, done: Adoption) -> Self:
        """From the adoption."""
        columns = {name: getattr(done, name) for name in cls.model_fields if name != "faults"}
        return cls(**columns, faults=[FaultView.of(fault) for fault in done.faults])


class ListTakenView(BaseModel):
    """What became of a list of subscribed numbers."""

    name: str
    as_of: dt.date
    listed: int = Field(description="numbers in the list")
    counts: Counts
    is_dry_run: bool

    @classmethod
    def of(cls, done: ListTaken) -> Self:
        """From the list."""
        return cls(**{name: getattr(done, name) for name in cls.model_fields})
