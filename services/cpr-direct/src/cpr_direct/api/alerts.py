"""Alerts on accesses and runs, until somebody has looked into them."""

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, Field
from registerbro import alerts
from registerbro.alerts import Alert, AlertAcknowledged, AlertKind, AlertUnknown
from registerbro.api import Acting, Before, Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses
from registerbro.purposes import Text

from cpr_direct.api.common import CurrentDirect

SCOPES: Scopes = {
    ("GET", "/alerts"): Scope.AUDIT_READ,
    ("POST", "/alerts/{alert_id}/acknowledgement"): Scope.AUDIT_READ,
}
router = APIRouter()


class AlertOut(BaseModel):
    """Something that a person must look into."""

    alert_id: int
    kind: AlertKind
    raised_at: dt.datetime
    service: str
    client: str | None
    acting_user: str | None
    facts: dict[str, int | float | uuid.UUID | str]
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    note: str | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertOut":
        """From the store."""
        return cls.model_validate(alert, from_attributes=True)


class Acknowledgement(Request):
    """What came of looking into it."""

    note: Annotated[Text, Field(max_length=500, description="no personal data")] | None = None


@router.get("/alerts")
async def list_alerts(
    direct: CurrentDirect,
    is_open: Annotated[bool, Query(alias="open", description="only those that nobody acknowledged")] = True,
    size: Size = 100,
    after: Before = LAST_ID,
) -> Page[AlertOut]:
    """Alerts, newest first."""
    rows = await alerts.page(direct.pool, is_open=is_open, before=after, size=size)
    found = [AlertOut.of(each) for each in rows]
    return Page[AlertOut].cut(found, size, found[-1].alert_id if found else "")


@router.post("/alerts/{alert_id}/acknowledgement", responses=responses(AlertUnknown, AlertAcknowledged))
async def acknowledge(
    direct: CurrentDirect,
    acting: Acting,
    alert_id: Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")],
    request: Annotated[Acknowledgement, Body()] = Acknowledgement(),  # noqa: B008
) -> AlertOut:
    """Closes an alert that somebody has looked into."""
    return AlertOut.of(await alerts.acknowledge(direct.pool, alert_id, by=acting, note=request.note))
