"""What the routes of all topics share."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Annotated, Generic, Self, TypeAlias, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from registerbro.audit import Purpose
from registerbro.auth import Caller, CurrentCaller
from registerbro.service import CurrentService

from cpr_direct.direct import Direct
from cpr_direct.worker import Worker

T = TypeVar("T")
LAST_ID = 2**53 - 1  # the largest that every reader of JSON keeps exactly (RFC 8259, 6)


async def _direct(service: CurrentService) -> Direct:
    return service.get(Direct)


async def _worker(service: CurrentService) -> Worker:
    return service.get(Worker)


def acting(caller: Caller) -> str:
    """Who is noted as the one who did something."""
    return caller.user or caller.client


async def _acting(caller: CurrentCaller) -> str:
    return acting(caller)


CurrentDirect: TypeAlias = Annotated[Direct, Depends(_direct)]
CurrentWorker: TypeAlias = Annotated[Worker, Depends(_worker)]
Acting: TypeAlias = Annotated[str, Depends(_acting)]
Size: TypeAlias = Annotated[
    int, Query(alias="limit", ge=1, le=1000, description="rows in the answer at most")
]
After: TypeAlias = Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")]
Before: TypeAlias = Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")]


def _iso_day(value: object) -> object:
    """To the letter: a number is no date, although it could be read as one."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date of the form YYYY-MM-DD")
    return value


Day: TypeAlias = Annotated[dt.date, BeforeValidator(_iso_day)]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 5.0 is the integer 5 (JSON Schema 2020-12, 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
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


class Request(BaseModel):
    """What a call asks for: to the letter, so that a slip is answered and not taken for the default."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


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


class Page(BaseModel, Generic[T]):
    """Some of a list; ``next`` is what to ask for to get the following ones, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def cut(cls, items: Sequence[T], size: int, cursor: object) -> Self:
        """A page of rows that were asked for with this size; ``cursor`` is the last row's."""
        return cls(items=list(items), next=str(cursor) if len(items) == size else None)
