"""Alerts that CPR Direkte keeps until somebody has looked into them."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, API = "/ui/direct/alerts", "/alerts"
pages = Pages()


@pages.get("/direct/alerts", needs=Scope.AUDIT_READ)
async def list_alerts(visit: CurrentVisit, which: str = "open", after: str = "") -> Response:
    """Those that are open, or all, newest first."""
    return await _page(visit, which=which, after=after)


@pages.post("/direct/alerts/{alert_id}/acknowledgement", needs=Scope.AUDIT_READ)
async def acknowledge(visit: CurrentVisit, alert_id: int) -> Response:
    """Closes one, with what came of it."""
    sent = {"note": visit.form.optional("note")}
    try:
        await visit.call(Place.CPR_DIRECT, "POST", f"{API}/{alert_id}/acknowledgement", json=sent)
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return visit.done(HOME, visit.say(N_("The alert is acknowledged.")))


async def _page(
    visit: Visit, *, which: str = "open", after: str = "", failure: CallFailed | None = None
) -> Response:
    params = {"open": which != "all", "after": after or None, "limit": 50}
    return visit.show(
        "direct/alerts.html",
        alerts=await visit.call(Place.CPR_DIRECT, "GET", API, params=params),
        which=which,
        failure=failure,
    )
