"""Comparing contacts with the register: whether what was told of changes was enough."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PAGE = "/ui/cvr-update/drift"
PARTS = {"comparisons": "cvr_update/comparisons.html"}
GROUPS = {
    "name": N_("Name"),
    "details": N_("Dates of beginning and end"),
    "info": N_("Industry, telephone, e-mail and other information"),
    "dates": N_("Dates"),
    "protections": N_("Protections"),
    "addresses": N_("Addresses"),
    "references": N_("References to other contacts"),
    "numbers": N_("Numbers"),
}
WAIT_SECONDS = 3  # then it goes on while the page shows how far it is
pages = Pages()


@pages.get("/cvr-update/drift", needs=Scope.CVR_UPDATE_RUN)
async def show(visit: CurrentVisit) -> Response:
    """The latest comparisons."""
    return await _page(visit)


@pages.get("/cvr-update/drift/live", needs=Scope.CVR_UPDATE_RUN)
async def follow(visit: CurrentVisit) -> Response:
    """The same while somebody looks."""
    return visit.live(PARTS, lambda: _standing(visit))


@pages.post("/cvr-update/drift", needs=Scope.CVR_UPDATE_RUN)
async def compare(visit: CurrentVisit) -> Response:
    """Begins one."""
    wish = {
        "everything": visit.form.flag("everything"),
        "sample": visit.form.number("sample"),
        "is_queueing": visit.form.flag("is_queueing"),
        "wait_seconds": WAIT_SECONDS,
    }
    try:
        answer = await visit.answer(Place.CVR_SUBSCRIPTION, "POST", "/drift", json=wish)
    except CallFailed as failure:
        return await _page(visit, typed=wish, failure=failure)
    if answer.status_code == 202:
        return visit.done(PAGE, visit.say(N_("It has begun. This page shows how far it is.")))
    made = answer.json()
    counts = {"compared": made["compared"], "differing": made["differing"]}
    return visit.done(PAGE, visit.say(N_("Compared: %(compared)s. They differ: %(differing)s."), **counts))


async def _page(
    visit: Visit, *, typed: Mapping[str, Any] | None = None, failure: CallFailed | None = None
) -> Response:
    return visit.show(
        "cvr_update/drift.html",
        typed=typed or {"everything": False, "sample": "", "is_queueing": True},
        failure=failure,
        **await _standing(visit),
    )


async def _standing(visit: Visit) -> Mapping[str, Any]:
    drifts, summary = await asyncio.gather(
        visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/drift"),
        visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/subscriptions/summary"),
    )
    return {"drifts": drifts, "summary": summary, "groups": GROUPS}
