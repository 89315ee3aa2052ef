"""Files that stopped because they would end or blank too many contacts: see why, approve, decline."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import ConfigDict, Field
from registerbro.api import Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import InvalidRequest, responses

from cpr_batch import approvals, errors, problems
from cpr_batch.api.common import CurrentBatch
from cpr_batch.approvals import ApprovalState
from cpr_batch.brake import SQL
from cpr_batch.views.asking import ApprovalDetail, ApprovalView, EndingView

SCOPES: Scopes = {
    ("GET", "/approvals"): Scope.BATCH_READ,
    ("GET", "/approvals/{approval_id}"): Scope.BATCH_READ,
    ("POST", "/approvals/{approval_id}/decision"): Scope.BATCH_RUN,
}
ApprovalId = Annotated[int, Path(ge=1, le=LAST_ID, description="as lists of approvals and events name it")]
router = APIRouter()


class DecisionRequest(Request):
    """What is to become of the file. Who calls is recorded as the one who decided."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decision": "approved", "reason": "the municipality was merged, CPR confirms"}]
        }
    )

    decision: str = Field(pattern="^(approved|declined)$", description="approved or declined")
    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$", description="why; no personal data"
    )


@router.get("/approvals")
async def list_approvals(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
    state: Annotated[
        ApprovalState | None, Query(description="only these; asked: those that wait for a decision")
    ] = None,
) -> Page[ApprovalView]:
    """The approvals, newest first."""
    rows = await approvals.page(batch.pool, state=state, before=after, size=size)
    found = [ApprovalView.of(approval) for approval in rows]
    return Page[ApprovalView].cut(found, size, str(found[-1].approval_id) if found else "")


@router.get("/approvals/{approval_id}", responses=responses(*problems.of(errors.ApprovalUnknown)))
async def show_approval(
    batch: CurrentBatch,
    approval_id: ApprovalId,
    size: Size = 100,
    after: Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")] = 0,
) -> ApprovalDetail:
    """One approval, with a page of the contacts that the file would end or blank: their ids, nothing else of them."""
    approval = await approvals.load(batch.pool, approval_id)
    rows = SQL.persons_page(batch.pool, approval_id=approval_id, after=after, size=size)
    found = [EndingView(**row) async for row in rows]
    page = Page[EndingView].cut(found, size, str(found[-1].ordinal) if found else "")
    return ApprovalDetail.of(approval, endings_page=page)


@router.post(
    "/approvals/{approval_id}/decision",
    responses=responses(
        InvalidRequest,
        *problems.of(errors.ApprovalUnknown, errors.ApprovalDecided, errors.FileBusy),
    ),
)
async def decide(
    batch: CurrentBatch, approval_id: ApprovalId, request: Annotated[DecisionRequest, Body()]
) -> ApprovalView:
    """Approves or declines the file. It is not imported by this call: `next_step` says how. Who declined may approve later."""
    is_approved = request.decision == ApprovalState.APPROVED
    decided = await approvals.decide(batch, approval_id, is_approved=is_approved, reason=request.reason)
    return ApprovalView.of(decided)
