"""How everything stands: services and registers, the last hours in figures, what needs a person."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from registerbro.auth import CurrentCaller, Scope, Scopes
from registerbro.features import states
from registerbro.service import CurrentService

from console.overview import attention, figures, registers
from console.overview.standing import Watch
from console.overview.views import (
    AttentionOut,
    ExpiryOut,
    HistoryOut,
    ItemOut,
    RegisterOut,
    ServiceOut,
    ServicesOut,
)

SERVICES = "/overview/services"
HISTORY = "/overview/history"
ATTENTION = "/overview/attention"
SCOPES: Scopes = dict.fromkeys((("GET", SERVICES), ("GET", HISTORY), ("GET", ATTENTION)), Scope.CONFIG_READ)
MOST_HOURS = 14 * 24
router = APIRouter()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@router.get(SERVICES)
async def show_services(service: CurrentService) -> ServicesOut:
    """Asks every service for its readiness, all at once; one that does not answer within some seconds is away."""
    standings = await service.get(Watch).look()
    found = registers.registers(standings, await states(service.pool))
    now = _now()
    return ServicesOut(
        looked_at=now,
        services=[ServiceOut.of(each) for each in standings],
        registers=[RegisterOut.of(each) for each in found],
        expiries=[ExpiryOut.of(each, now) for each in registers.expiries(standings)],
        has_imports=await registers.have_delivered(service.pool),
    )


@router.get(HISTORY)
async def show_history(
    service: CurrentService,
    hours: Annotated[int, Query(ge=1, le=MOST_HOURS, description="how far to look back")] = 24,
) -> HistoryOut:
    """What was done, and what waited, over the last hours: a hundred parts at most. The last two minutes are not counted yet."""
    return HistoryOut.of(await figures.history(service.pool, hours, _now()))


@router.get(ATTENTION)
async def show_attention(service: CurrentService, caller: CurrentCaller) -> AttentionOut:
    """What needs a person. Kinds that belong to another right than the caller has are left out."""
    standings = await service.get(Watch).look()
    now = _now()
    found = await attention.items(service.pool, standings, caller, now)
    return AttentionOut(looked_at=now, items=[ItemOut.of(each) for each in found])
