"""The search of the audit log. It is an access, too: the purpose that was stated stands in the log beside it."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.audit import showing
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit
from console.web.words import options

SIZE = 50
SERVICES = (Place.CONSOLE, Place.CPR_DIRECT, Place.CPR_BATCH, Place.CVR_ONLINE)
pages = Pages()


@pages.get("/audit", needs=Scope.AUDIT_READ)
async def show_search(visit: CurrentVisit) -> Response:
    """The form, once it is said why the log is read."""
    visit.stated()
    return _page(visit)


@pages.post("/audit/search", needs=Scope.AUDIT_READ)
async def search(visit: CurrentVisit) -> Response:
    """Accesses, newest first."""
    sent = {**visit.why(), "where": showing.where(visit.form), "limit": SIZE}
    if visit.form.text("after"):
        sent["after"] = visit.form.text("after")
    try:
        found = await visit.call(Place.CONSOLE, "POST", "/audit/search", json=sent)
    except CallFailed as failure:
        return _page(visit, failure=failure)
    return _page(visit, found=found)


def _page(visit: Visit, *, found: object = None, failure: CallFailed | None = None) -> Response:
    form, any_of = visit.form, ("", visit.say(N_("any")))
    return visit.show(
        "audit/search.html",
        typed={name: form.text(showing.WHERE + name) for name in showing.FIELDS},
        only_broken_glass=form.flag(showing.WHERE + showing.BROKEN),
        again=[(name, value) for name, value in form.hidden() if name != "after"],
        found=found,
        choices={
            "name_type": [(code, visit.say(text)) for code, text in showing.KINDS.items()],
            "action": [any_of, *((code, visit.say(text)) for code, text in showing.ACTIONS.items())],
            "stage": [any_of, *((code, visit.say(text)) for code, text in showing.STAGES.items())],
            "service": [any_of, *options(SERVICES, visit.say)],
        },
        action_of=showing.action_of,
        stages=showing.STAGES,
        failure=failure,
    )
