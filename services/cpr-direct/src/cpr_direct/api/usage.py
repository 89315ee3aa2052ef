"""Paid calls by client and Danish day."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from registerbro.auth import Scope, Scopes

from cpr_direct.api.common import CurrentDirect

SCOPES: Scopes = {("GET", "/usage"): Scope.CONFIG_READ}
router = APIRouter()


class UsageOut(BaseModel):
    """A client's calls on one Danish day."""

    danish_day: dt.date
    client: str
    calls: int
    most: int | None = Field(description="that the client may cause on one day; null: any number")


@router.get("/usage")
async def usage(
    direct: CurrentDirect,
    days: Annotated[int, Query(ge=1, le=366, description="how many, today the last one")] = 31,
) -> list[UsageOut]:
    """The calls of the last days, newest first. What the service calls by itself stands under its own name."""
    first = direct.today - dt.timedelta(days=days - 1)
    return [UsageOut(**each._asdict()) for each in await direct.budget.usage(first, direct.today)]
