"""Contacts whose last update failed: why, and again."""

import asyncio

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

PAGE = "/ui/cvr-update/failures"
pages = Pages()


@pages.get("/cvr-update/failures", needs=Scope.CVR_UPDATE_RUN)
async def list_failures(visit: CurrentVisit, after: int = 0) -> Response:
    """Which, by contact."""
    queue, failures = await asyncio.gather(
        visit.attempt(Place.CVR_UPDATE, "GET", "/queue", params={"limit": 1}),
        visit.call(Place.CVR_UPDATE, "GET", "/failures", params={"after": after}),
    )
    return visit.show("cvr_update/failures.html", queue=queue, failures=failures)


@pages.post("/cvr-update/failures", needs=Scope.CVR_UPDATE_RUN)
async def try_again(visit: CurrentVisit) -> Response:
    """Begins a contact's update anew, or all that failed."""
    contact_id = visit.form.number("contact_id")
    wish = {"all": True} if contact_id is None else {"contact_ids": [contact_id]}
    done = await visit.call(Place.CVR_UPDATE, "POST", "/failures/retries", json=wish)
    return visit.done(PAGE, visit.say(N_("Updates that begin anew: %(count)s."), count=done["count"]))
