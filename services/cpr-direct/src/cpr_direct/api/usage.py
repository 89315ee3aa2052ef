"""Paid calls by client and Danish day."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from registerbro.auth import Scope, Scopes

from cpr_direct.api.common import CurrentDirect
from cpr_direct.views.usage import UsageOut

SCOPES: Scopes = {("GET", "/usage"): Scope.CONFIG_READ}
router = APIRouter()


@router.get("/usage")
async def usage(
    direct: CurrentDirect,
    days: Annotated[int, Query(ge=1, le=366, description="how many, today the last one")] = 31,
) -> list[UsageOut]:
    """The calls of the last days, newest first. What the service calls by itself stands under its own name."""
    first = direct.today - dt.timedelta(days=days - 1)
    return [UsageOut(**each._asdict()) for each in await direct.budget.usage(first, direct.today)]
