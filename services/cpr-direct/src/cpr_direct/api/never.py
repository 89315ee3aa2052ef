"""The list of numbers that are never subscribed, whatever is wished."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field
from registerbro.auth import Scope, Scopes
from registerbro.cpr.numbers import CprNumber
from registerbro.problems import NotFound, responses
from registerbro.subscriptions import never
from registerbro.subscriptions.never import NeverEntry

from cpr_direct.api.common import (
    LAST_ID,
    Acting,
    Before,
    CurrentDirect,
    CurrentWorker,
    Number,
    Page,
    Request,
    Size,
    Text,
)

SCOPES: Scopes = {
    ("GET", "/never-subscribed"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/never-subscribed"): Scope.SUBSCRIPTIONS_MANAGE,
    ("DELETE", "/never-subscribed/{entry_id}"): Scope.SUBSCRIPTIONS_MANAGE,
}
router = APIRouter()


class NeverRequest(Request):
    """A number, and why nobody may subscribe it."""

    number: Number
    reason: Annotated[Text, Field(max_length=500, description="why; no personal data")]


class NeverAddedOut(BaseModel):
    """What adding a number did."""

    entry_id: int
    is_new: bool = Field(description="false: it was listed already, and stays as it was")
    ended: list[int] = Field(description="contacts whose subscription is to end now")


class NeverEntryOut(BaseModel):
    """A number in the list."""

    entry_id: int
    number: str = Field(description="masked")
    contact_id: int | None = Field(description="null: the store knows nobody with it")
    reason: str
    added_at: dt.datetime
    added_by: str

    @classmethod
    def of(cls, entry: NeverEntry) -> "NeverEntryOut":
        """From the list."""
        return cls(
            entry_id=entry.entry_id,
            number=str(entry.number),
            contact_id=entry.contact_id,
            reason=entry.reason,
            added_at=entry.added_at,
            added_by=entry.added_by,
        )


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
    ended = [each.contact_id for each in added.ended]
    return NeverAddedOut(entry_id=added.entry_id, is_new=added.is_new, ended=ended)


@router.delete("/never-subscribed/{entry_id}", status_code=204, responses=responses(NotFound))
async def remove(
    direct: CurrentDirect,
    entry_id: Annotated[int, Path(ge=1, le=LAST_ID, description="as the list names it")],
) -> Response:
    """Takes a number off the list; nobody is subscribed by that alone."""
    if not await never.remove(direct.pool, entry_id):
        raise NotFound(f"There is no entry {entry_id}.")
    return Response(status_code=204)
