"""The list of numbers that are never subscribed."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, API = "/ui/direct/never", "/never-subscribed"
pages = Pages()


@pages.get("/direct/never", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def list_never(visit: CurrentVisit, after: str = "") -> Response:
    """The list, and the form for one more."""
    return await _page(visit, after=after)


@pages.post("/direct/never", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def add_never(visit: CurrentVisit) -> Response:
    """Lists a number; a subscription that there is ends, which is asked about first."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Never subscribe this number?")),
            what=[
                visit.say(
                    N_("Nobody is subscribed by the number, nor by another number of the same person.")
                ),
                visit.say(
                    N_("If the person is subscribed now, CPR is told to end it: changes no longer arrive.")
                ),
                visit.say(N_("The contact stays, and can still be searched and imported.")),
            ],
            action=visit.say(N_("Never subscribe")),
            back=HOME,
        )
    sent = {"number": visit.form.text("number"), "reason": visit.form.text("reason")}
    try:
        added = await visit.call(Place.CPR_DIRECT, "POST", API, json=sent)
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return visit.done(HOME, visit.say(_said(added["is_new"], len(added["ended"]))))


@pages.post("/direct/never/{entry_id}/removal", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def remove_never(visit: CurrentVisit, entry_id: int) -> Response:
    """Takes a number off the list."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Take the number off the list?")),
            what=[
                visit.say(N_("The reason is forgotten with it.")),
                visit.say(
                    N_(
                        "Nobody is subscribed by that alone: an import, a person or the policy may do it again."
                    )
                ),
            ],
            action=visit.say(N_("Take it off the list")),
            back=HOME,
        )
    await visit.call(Place.CPR_DIRECT, "DELETE", f"{API}/{entry_id}")
    return visit.done(HOME, visit.say(N_("The number is off the list.")))


def _said(is_new: bool, ended: int) -> str:
    if not is_new:
        return N_("The number was listed already; its entry stays as it was.")
    if ended:
        return N_("The number is listed, and CPR is told to end the subscription.")
    return N_("The number is listed.")


async def _page(visit: Visit, *, after: str = "", failure: CallFailed | None = None) -> Response:
    params = {"after": after or None, "limit": 50}
    return visit.show(
        "direct/never.html",
        entries=await visit.call(Place.CPR_DIRECT, "GET", API, params=params),
        typed={"number": visit.form.text("number"), "reason": visit.form.text("reason")},
        failure=failure,
    )
