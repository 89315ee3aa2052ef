"""What is subscribed at the provider, what is still to be, and what fails."""

import asyncio
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

PAGE = "/ui/cvr-update/subscriptions"
Kind = Annotated[Literal["", "wanted", "subscribed", "ending", "failing"], Query()]
pages = Pages()


@pages.get("/cvr-update/subscriptions", needs=Scope.CVR_UPDATE_RUN)
async def list_subscriptions(visit: CurrentVisit, kind: Kind = "", after: int = 0) -> Response:
    """The subscriptions by contact, of one kind or all."""
    only = {"failing": True} if kind == "failing" else {"state": kind or None}
    summary, found = await asyncio.gather(
        visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/subscriptions/summary"),
        visit.call(Place.CVR_SUBSCRIPTION, "GET", "/subscriptions", params={**only, "after": after}),
    )
    return visit.show("cvr_update/subscriptions.html", summary=summary, found=found, kind=kind)


@pages.post("/cvr-update/subscriptions", needs=Scope.CVR_UPDATE_RUN)
async def try_again(visit: CurrentVisit) -> Response:
    """Tries a contact's subscription at once, or all that failed."""
    contact_id = visit.form.number("contact_id")
    wish = {} if contact_id is None else {"contact_ids": [contact_id]}
    done = await visit.call(Place.CVR_SUBSCRIPTION, "POST", "/subscriptions/retries", json=wish)
    return visit.done(f"{PAGE}?kind=failing", visit.say(N_("Tried again: %(count)s."), count=done["retried"]))
