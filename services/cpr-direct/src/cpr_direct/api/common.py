"""What the routes of all topics share."""

import datetime as dt
import re
from typing import Annotated, TypeAlias

from fastapi import Depends
from pydantic import BeforeValidator, Field
from registerbro.api import Request, Whole
from registerbro.audit import Purpose
from registerbro.ids import LAST_ID
from registerbro.service import CurrentService

from cpr_direct.direct import Direct
from cpr_direct.worker import Worker


async def _direct(service: CurrentService) -> Direct:
    return service.get(Direct)


async def _worker(service: CurrentService) -> Worker:
    return service.get(Worker)


CurrentDirect: TypeAlias = Annotated[Direct, Depends(_direct)]
CurrentWorker: TypeAlias = Annotated[Worker, Depends(_worker)]


def _iso_day(value: object) -> object:
    """To the letter: a number is no date, although it could be read as one."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date of the form YYYY-MM-DD")
    return value


Day: TypeAlias = Annotated[dt.date, BeforeValidator(_iso_day)]
ContactId: TypeAlias = Annotated[
    int, Field(ge=1, le=LAST_ID, description="the contact's id in the contact store"), Whole
]
Number: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^(0[1-9]|[1-9][0-9])[0-9]{4}-?[0-9]{4}$",
        description="CPR number, with or without the hyphen",
    ),
]
Text: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
CaseReference: TypeAlias = Annotated[
    Text, Field(max_length=200, description="the case's key in its own system")
]


class Purposeful(Request):
    """A call about a person says why."""

    purpose: Annotated[
        str,
        Field(
            min_length=3,
            max_length=500,
            pattern=r"^[^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*[^\x00\s][^\x00]*$",
            description="why the data are needed, as an official would write it",
        ),
    ]
    case_reference: CaseReference | None = None

    def why(self) -> Purpose:
        """As the audit log keeps it."""
        return Purpose(purpose=self.purpose, case_reference=self.case_reference)
