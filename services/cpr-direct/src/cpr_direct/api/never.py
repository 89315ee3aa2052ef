"""The list of numbers that are never subscribed, whatever is wished."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field
from registerbro.api import Acting, Before, Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.cpr.numbers import CprNumber
from registerbro.ids import LAST_ID
from registerbro.problems import NotFound, responses
from registerbro.purposes import CprText, Text
from registerbro.subscriptions import never

from cpr_direct.api.common import CurrentDirect, CurrentWorker
from cpr_direct.views.never import NeverAddedOut, NeverEntryOut

SCOPES: Scopes = {
    ("GET", "/never-subscribed"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/never-subscribed"): Scope.SUBSCRIPTIONS_MANAGE,
    ("DELETE", "/never-subscribed/{entry_id}"): Scope.SUBSCRIPTIONS_MANAGE,
}
router = APIRouter()


class NeverRequest(Request):
    """A number, and why nobody may subscribe it."""

    number: CprText
    reason: Annotated[Text, Field(max_length=500, description="why; no personal data")]


@router.get("/never-subscribed")
async def list_never(direct: CurrentDirect, size: Size = 100, after: Before = LAST_ID) -> Page[NeverEntryOut]:
    """The list, newest first, numbers masked."""
    found = [NeverEntryOut.of(each) for each in await never.page(direct.pool, below=after, size=size)]
    return Page[NeverEntryOut].cut(found, size, found[-1].entry_id if found else "")


@router.post("/never-subscribed", status_code=201)
async def add(
    request: NeverRequest, direct: CurrentDirect, worker: CurrentWorker, acting: Acting
) -> NeverAddedOut:
    """Lists a number. Who is subscribed by it, or by another number of the same person, is unsubscribed."""
    number = CprNumber.parse(request.number)
    async with direct.pool.acquire() as connection, connection.transaction():
        added = await never.add(connection, number, reason=request.reason, by=acting)
    worker.wake()
    return NeverAddedOut.of(added)


@router.delete("/never-subscribed/{entry_id}", status_code=204, responses=responses(NotFound))
async def remove(
    direct: CurrentDirect,
    entry_id: Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")],
) -> Response:
    """Takes a number off the list; nobody is subscribed by that alone."""
    if not await never.remove(direct.pool, entry_id):
        raise NotFound(f"There is no entry {entry_id}.")
    return Response(status_code=204)
