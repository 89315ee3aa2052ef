"""What the routes of all topics share."""

import datetime as dt
import re
from typing import Annotated, TypeAlias

from fastapi import Depends
from pydantic import BeforeValidator, Field
from registerbro.api import Whole
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
