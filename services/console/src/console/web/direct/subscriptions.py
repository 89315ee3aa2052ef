"""Who is subscribed at CPR and who is to be: figures, and the wishes that CPR could not be told of."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.advice import advice_for
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.notices import Tone
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/direct/subscriptions"
PATIENCE = dt.timedelta(minutes=2)
pages = Pages()


@pages.get("/direct/subscriptions", needs=Scope.CONFIG_READ)
async def show_subscriptions(visit: CurrentVisit, after: str = "") -> Response:
    """Figures, and what waits."""
    return visit.show("direct/subscriptions.html", after=after, **await _standing(visit, after))


@pages.get("/direct/subscriptions/live", needs=Scope.CONFIG_READ)
async def follow_subscriptions(visit: CurrentVisit, after: str = "") -> Response:
    """The same as it changes."""
    parts = {"figures": "direct/figures.html", "waiting": "direct/waiting.html"}
    return visit.live(parts, lambda: _standing(visit, after), every=dt.timedelta(seconds=5))


@pages.post("/direct/subscriptions/{contact_id}/try", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def try_again(visit: CurrentVisit, contact_id: int) -> Response:
    """Tells CPR now."""
    path = f"/subscriptions/waiting/{contact_id}/tries"
    try:
        told = await visit.call(Place.CPR_DIRECT, "POST", path, timeout=PATIENCE)
    except CallFailed as failure:
        standing = await _standing(visit, "")
        return visit.show("direct/subscriptions.html", after="", **standing, failure=failure)
    if told["failure"] is None:
        return visit.done(
            HOME, visit.say(N_("CPR agrees: contact %(contact)s no longer waits."), contact=contact_id)
        )
    text = visit.say(
        N_("CPR could not be told of contact %(contact)s; the list says why."), contact=contact_id
    )
    return visit.done(HOME, text, tone=Tone.WARNING)


async def _standing(visit: Visit, after: str) -> Mapping[str, Any]:
    figures = await visit.call(Place.CPR_DIRECT, "GET", "/subscriptions/figures")
    waiting = None
    if visit.may(Scope.SUBSCRIPTIONS_MANAGE):
        params = {"after": after or None, "limit": 50}
        waiting = await visit.call(Place.CPR_DIRECT, "GET", "/subscriptions/waiting", params=params)
    return {
        "figures": figures,
        "waiting": waiting,
        "reason_of": lambda slug: advice_for(slug, Place.CPR_DIRECT).text,
    }
