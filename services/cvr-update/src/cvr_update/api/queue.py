"""The queue: what waits, is under way, and was given up."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from registerbro import service_queue
from registerbro.api import After, Size
from registerbro.auth import Scope, Scopes

from cvr_update import contacts
from cvr_update.api.common import CurrentUpdates
from cvr_update.views import FiguresOut, QueueOut, TaskOut

SCOPES: Scopes = {("GET", "/queue"): Scope.CVR_UPDATE_RUN}
State = Annotated[
    Literal["waiting", "running", "failed"] | None, Query(description="only such; failed: given up")
]
router = APIRouter()


@router.get("/queue")
async def show_queue(
    updates: CurrentUpdates, state: State = None, size: Size = 100, after: After = 0
) -> QueueOut:
    """How the queue stands, and its tasks by id."""
    figures = await service_queue.figures(updates.pool, updates.now())
    found = await service_queue.page(updates.pool, state=state, after=after, size=size)
    return QueueOut(
        figures=FiguresOut.of(figures),
        failures=await contacts.failures_by_reason(updates.pool),
        items=[TaskOut.of(each) for each in found],
        next=str(found[-1].task_id) if len(found) == size else None,
    )
