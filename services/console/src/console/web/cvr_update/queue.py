"""The service queue: how many updates wait, why, and which."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PARTS = {"waiting": "cvr_update/waiting.html", "tasks": "cvr_update/tasks.html"}
State = Annotated[Literal["", "waiting", "running", "failed"], Query()]
pages = Pages()


@pages.get("/cvr-update/queue", needs=Scope.CVR_UPDATE_RUN)
async def show(visit: CurrentVisit, state: State = "", after: int = 0) -> Response:
    """The queue and its tasks, of one state or all."""
    return visit.show("cvr_update/queue.html", **await _standing(visit, state, after))


@pages.get("/cvr-update/queue/live", needs=Scope.CVR_UPDATE_RUN)
async def follow(visit: CurrentVisit, state: State = "", after: int = 0) -> Response:
    """The same while somebody looks."""
    return visit.live(PARTS, lambda: _standing(visit, state, after))


async def _standing(visit: Visit, state: str, after: int) -> Mapping[str, Any]:
    params = {"state": state or None, "after": after}
    queue = await visit.attempt(Place.CVR_UPDATE, "GET", "/queue", params=params)
    return {"queue": queue, "state": state, "after": after}
