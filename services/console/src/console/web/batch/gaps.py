"""Deliveries that are missing: order their data, or dismiss them with a reason."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import HOME, SERVICE, After, Id
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

LIST = f"{HOME}/gaps"
pages = Pages()


@pages.get("/batch/gaps", needs=Scope.BATCH_READ)
async def list_gaps(visit: CurrentVisit, after: After = None, *, everything: bool = False) -> Response:
    """Those that are open; or all."""
    wanted = {"after": after, "open": not everything, "size": 50}
    found = await visit.call(SERVICE, "GET", "/gaps", params=wanted)
    return visit.show("batch/gaps.html", gaps=found, everything=everything)


@pages.get("/batch/gaps/{gap_id}/dismissal", needs=Scope.BATCH_RUN)
async def ask_reason(visit: CurrentVisit, gap_id: Id) -> Response:
    """The form that asks why the delivery is not missed."""
    return visit.show("batch/dismissal.html", gap_id=gap_id, reason="")


@pages.post("/batch/gaps/{gap_id}/dismissal", needs=Scope.BATCH_RUN)
async def dismiss(visit: CurrentVisit, gap_id: Id) -> Response:
    """Closes the gap, once that is confirmed."""
    reason = visit.form.text("reason")
    if reason and not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Dismiss the gap?")),
            what=[
                visit.say(
                    N_("The missing delivery counts as not needed; what may have been in it is not fetched.")
                ),
                visit.say(N_("Reason: %(reason)s"), reason=reason),
                visit.say(N_("The gap stays closed. Who closed it, when and why is kept.")),
            ],
            action=visit.say(N_("Dismiss")),
            back=LIST,
        )
    try:
        await visit.call(SERVICE, "POST", f"/gaps/{gap_id}/dismissal", json={"reason": reason})
    except CallFailed as failure:
        return visit.show("batch/dismissal.html", gap_id=gap_id, reason=reason, failure=failure)
    return visit.done(LIST, visit.say(N_("The gap is closed.")))


@pages.post("/batch/gaps/{gap_id}/orders", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def order(visit: CurrentVisit, gap_id: Id) -> Response:
    """Orders the data of those who may have been in the lost delivery, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Order the missing data?")),
            what=[
                visit.say(N_("CPR is asked for the data of every contact that the lost delivery may have been about.")),
                visit.say(N_("The orders wait for the next input file; CPR's answer comes in a later delivery.")),
                visit.say(N_("The gap is closed by it.")),
            ],
            action=visit.say(N_("Order the data")),
            back=LIST,
            is_danger=False,
        )  # fmt: skip
    taken = await visit.call(SERVICE, "POST", f"/gaps/{gap_id}/orders")
    return visit.done(f"{HOME}/orders", _told(visit, taken))


def _told(visit: Visit, taken: dict[str, Any]) -> str:
    return visit.say(N_("The gap is closed; new orders: %(count)s."), count=taken["counts"].get("ordered", 0))
