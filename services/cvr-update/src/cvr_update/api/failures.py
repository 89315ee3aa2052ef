"""Updates that failed: which, why, and again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import Field
from registerbro.api import After, Page, Request, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID

from cvr_update import contacts, running
from cvr_update.api.common import CurrentUpdates
from cvr_update.views import LastUpdateOut, RetriedOut

FAILURES, RETRIES = "/failures", "/failures/retries"
SCOPES: Scopes = {
    ("GET", FAILURES): Scope.CVR_UPDATE_RUN,
    ("POST", RETRIES): Scope.CVR_UPDATE_RUN,
}
MOST = 10_000
router = APIRouter()


class RetrySome(Request):
    """Failed updates of some contacts."""

    contact_ids: list[Annotated[int, Field(ge=1, le=LAST_ID), Whole]] = Field(min_length=1, max_length=MOST)


class RetryAll(Request):
    """All failed updates."""

    all: Literal[True]


@router.get(FAILURES)
async def list_failures(updates: CurrentUpdates, size: Size = 100, after: After = 0) -> Page[LastUpdateOut]:
    """Contacts whose last update failed, with the reason, by contact; those without a next try were given up."""
    found = await contacts.failures(updates.pool, after=after, size=size)
    items = [LastUpdateOut.of(each) for each in found]
    return Page[LastUpdateOut].cut(items, size, items[-1].contact_id if items else "")


@router.post(RETRIES, status_code=202)
async def retry(updates: CurrentUpdates, request: Annotated[RetrySome | RetryAll, Body()]) -> RetriedOut:
    """Begins failed updates anew, of some contacts or of all; those that have none are left out."""
    contact_ids = request.contact_ids if isinstance(request, RetrySome) else None
    return RetriedOut.of(await running.retry(updates, contact_ids))
