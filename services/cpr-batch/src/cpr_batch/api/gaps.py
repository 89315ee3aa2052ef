"""Lost deliveries: list them, dismiss one."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import ConfigDict, Field
from registerbro.api import Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import InvalidRequest, responses

from cpr_batch import errors, gaps, problems
from cpr_batch.api.common import CurrentBatch
from cpr_batch.views.asking import GapView

SCOPES: Scopes = {
    ("GET", "/gaps"): Scope.BATCH_READ,
    ("POST", "/gaps/{gap_id}/dismissal"): Scope.BATCH_RUN,
}
GapId = Annotated[int, Path(ge=1, le=LAST_ID, description="as lists of gaps and events name it")]
router = APIRouter()


class DismissalRequest(Request):
    """Why a lost delivery is not missed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "CPR says that no file was produced that day"}]}
    )

    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$", description="why; no personal data"
    )


@router.get("/gaps")
async def list_gaps(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
    is_open: Annotated[bool, Query(alias="open", description="false: also those that are closed")] = True,
) -> Page[GapView]:
    """Deliveries that later files name as the ones before them and that were never imported, newest first."""
    found = [GapView.of(gap) for gap in await gaps.page(batch.pool, is_open=is_open, before=after, size=size)]
    return Page[GapView].cut(found, size, str(found[-1].gap_id) if found else "")


@router.post(
    "/gaps/{gap_id}/dismissal",
    responses=responses(InvalidRequest, *problems.of(errors.GapUnknown, errors.GapClosed)),
)
async def dismiss(
    batch: CurrentBatch, gap_id: GapId, request: Annotated[DismissalRequest, Body()]
) -> GapView:
    """Closes a gap that need not be filled. Who calls is recorded."""
    return GapView.of(await gaps.dismiss(batch, gap_id, request.reason))
