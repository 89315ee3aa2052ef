"""Orders to CPR: ask for subscriptions, deletions and data, see how they stand, upload the input file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field
from registerbro.api import Page, Request, Size, Whole
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import responses

from cpr_batch import errors, problems
from cpr_batch.api.common import CurrentBatch
from cpr_batch.api.gaps import GapId
from cpr_batch.orders import asking, filling, preview, uploading
from cpr_batch.orders.model import SQL, InputFile, OrderKind, OrderState
from cpr_batch.views.orders import InputFileView, OrdersTaken, OrderView, PreviewView, UploadView

SCOPES: Scopes = {
    ("POST", "/orders"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/orders"): Scope.BATCH_READ,
    ("DELETE", "/orders/{order_id}"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/gaps/{gap_id}/orders"): Scope.SUBSCRIPTIONS_MANAGE,
    ("GET", "/input-files"): Scope.BATCH_READ,
    ("POST", "/input-files"): Scope.SUBSCRIPTIONS_MANAGE,
    ("POST", "/input-files/previews"): Scope.SUBSCRIPTIONS_MANAGE,
}
router = APIRouter()


class OrdersForContacts(Request):
    """What to order for contacts that are named."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "requisition", "contact_ids": [4711, 4712]}]}
    )

    kind: OrderKind = Field(strict=False)
    contact_ids: list[Annotated[int, Field(ge=1, le=LAST_ID), Whole]] = Field(
        min_length=1, max_length=asking.MOST
    )


class OrdersForWishes(Request):
    """Orders for all contacts whose wish differs from their subscription."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"all_wishes": True}]})

    all_wishes: Literal[True]
    kind: Literal["subscribe", "unsubscribe"] | None = Field(default=None, description="none: both")


@router.post(
    "/orders",
    response_model_exclude_none=True,
    responses=responses(*problems.of(errors.OrdersNotConfigured)),
)
async def ask(batch: CurrentBatch, request: OrdersForContacts | OrdersForWishes) -> OrdersTaken:
    """Takes orders; they wait for the next input file. Every contact is answered with an outcome of its own."""
    if isinstance(request, OrdersForContacts):
        return OrdersTaken.of(await asking.ask(batch, request.kind, request.contact_ids))
    kinds = {OrderKind(request.kind)} if request.kind else None
    return OrdersTaken(counts=await asking.ask_wishes(batch, kinds), contacts=[])


@router.get("/orders")
async def list_orders(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
    state: Annotated[list[OrderState] | None, Query(description="only in these states")] = None,
    kind: Annotated[OrderKind | None, Query(description="only of this kind")] = None,
    contact_id: Annotated[int | None, Query(ge=1, le=LAST_ID, description="only of this contact")] = None,
    overdue: Annotated[
        bool | None, Query(description="only those whose answer is overdue, or is not")
    ] = None,
) -> Page[OrderView]:
    """Orders, newest first."""
    found = await asking.page(
        batch, size=size, before=after, states=state, kind=kind, contact_id=contact_id, is_overdue=overdue
    )
    views = [OrderView.of(order) for order in found]
    return Page[OrderView].cut(views, size, str(views[-1].order_id) if views else "")


@router.delete(
    "/orders/{order_id}", responses=responses(*problems.of(errors.OrderUnknown, errors.OrderNotOpen))
)
async def withdraw(
    batch: CurrentBatch,
    order_id: Annotated[int, Path(ge=1, le=LAST_ID, description="as the list of orders names it")],
) -> OrderView:
    """Takes back an order that waits, or gives one up whose answer is overdue. A wish stays as it is."""
    return OrderView.of(await asking.withdraw(batch, order_id))


@router.post(
    "/gaps/{gap_id}/orders",
    responses=responses(*problems.of(errors.OrdersNotConfigured, errors.GapUnknown, errors.GapClosed)),
)
async def order_gap(batch: CurrentBatch, gap_id: GapId) -> OrdersTaken:
    """Orders the data of all contacts that a lost delivery may concern, and closes the gap."""
    return OrdersTaken(counts=await filling.order(batch, gap_id), contacts=[])


@router.get("/input-files")
async def list_input_files(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
) -> Page[InputFileView]:
    """The input files, newest first."""
    rows = SQL.files_page(batch.pool, before=after, size=size)
    found = [InputFileView.of(InputFile.of(row)) async for row in rows]
    return Page[InputFileView].cut(found, size, str(found[-1].input_file_id) if found else "")


@router.post(
    "/input-files",
    responses=responses(
        *problems.of(errors.OrdersNotConfigured, errors.OrdersBusy, errors.InputFileTaken),
        *problems.SERVER,
        *problems.INTERIM,
    ),
)
async def upload(batch: CurrentBatch) -> UploadView:
    """Writes the day's input file and uploads it now: one a day, before the deadline; after it, the next day's."""
    return UploadView.of(await uploading.upload(batch))


@router.post("/input-files/previews", responses=responses(*problems.of(errors.OrdersNotConfigured)))
async def preview_upload(batch: CurrentBatch) -> list[PreviewView]:
    """What an upload would send now, personal numbers masked. Nothing is written or uploaded."""
    return [PreviewView.of(file) for file in await preview.preview(batch)]
