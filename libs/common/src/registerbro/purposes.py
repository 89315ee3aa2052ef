"""Bodies of calls about a person: whose data are asked for, why, and for which case."""

from typing import Annotated, TypeAlias

from pydantic import Field

from registerbro.api import Request
from registerbro.audit import Purpose

Text: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
CaseReference: TypeAlias = Annotated[
    Text, Field(max_length=200, description="the case's key in its own system")
]
Why: TypeAlias = Annotated[
    str,
    Field(
        min_length=3,
        max_length=500,
        pattern=r"^[^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*$",
        description="why, as an official would write it; recorded, with numbers in it masked",
    ),
]
CprText: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^(0[1-9]|[1-9][0-9])[0-9]{4}-?[0-9]{4}$",
        description="CPR number, with or without the hyphen",
    ),
]


class Purposeful(Request):
    """A call about a person says why."""

    purpose: Why
    case_reference: CaseReference | None = None

    def why(self) -> Purpose:
        """As the audit log keeps it."""
        return Purpose(purpose=self.purpose, case_reference=self.case_reference)
