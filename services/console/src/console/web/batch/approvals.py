"""Approvals of the brake: what it measured, and the decision."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import HOME, SERVICE, After, Id
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

LIST = f"{HOME}/approvals"
APPROVED = "approved"
pages = Pages()


@pages.get("/batch/approvals", needs=Scope.BATCH_READ)
async def list_approvals(visit: CurrentVisit, after: After = None, *, everything: bool = False) -> Response:
    """Those that wait for a decision; or all."""
    wanted = {"after": after, "state": None if everything else "asked", "size": 50}
    found = await visit.call(SERVICE, "GET", "/approvals", params=wanted)
    return visit.show("batch/approvals.html", approvals=found, everything=everything)


@pages.get("/batch/approvals/{approval_id}", needs=Scope.BATCH_READ)
async def show_approval(visit: CurrentVisit, approval_id: Id, after: After = None) -> Response:
    """What the brake measured, and whom it is about."""
    return await _shown(visit, approval_id, after=after)


@pages.post("/batch/approvals/{approval_id}/decision", needs=Scope.BATCH_RUN)
async def decide(visit: CurrentVisit, approval_id: Id) -> Response:
    """Approves or declines, once that is confirmed."""
    said = {"decision": visit.form.text("decision"), "reason": visit.form.text("reason")}
    if said["reason"] and not visit.form.is_confirmed:
        approval = await visit.call(SERVICE, "GET", f"/approvals/{approval_id}")
        return _asked(visit, approval, is_approved=said["decision"] == APPROVED)
    try:
        await visit.call(SERVICE, "POST", f"/approvals/{approval_id}/decision", json=said)
    except CallFailed as failure:
        return await _shown(visit, approval_id, reason=said["reason"], failure=failure)
    is_approved = said["decision"] == APPROVED
    told = (
        visit.say(N_("The file is approved: import it now, or leave it to the next import of all."))
        if is_approved
        else visit.say(N_("The file is declined and stays where it is."))
    )
    return visit.done(f"{LIST}/{approval_id}", told)


def _asked(visit: Visit, approval: dict[str, Any], *, is_approved: bool) -> Response:
    if is_approved:
        what = [
            visit.say(
                N_("%(endings)s of %(persons)s contacts will get an end date, or lose name or main address, when the file is imported."),
                endings=approval["endings"], persons=approval["persons"],
            ),
            visit.say(N_("Nothing is imported by this decision: the next import of all takes the file, also the nightly one.")),
        ]  # fmt: skip
        title, action = N_("Approve %(file)s?"), N_("Approve")
    else:
        what = [
            visit.say(N_("The file stays where it is and is not imported; no contact is changed.")),
            visit.say(N_("It may be approved after all, later.")),
        ]
        title, action = N_("Decline %(file)s?"), N_("Decline")
    what.append(visit.say(N_("Who decided, when and why is kept.")))
    return visit.confirm(
        title=visit.say(title, file=approval["name"]),
        what=what,
        action=visit.say(action),
        back=f"{LIST}/{approval['approval_id']}",
        is_danger=is_approved,
    )


async def _shown(
    visit: Visit,
    approval_id: int,
    *,
    after: int | None = None,
    reason: str = "",
    failure: CallFailed | None = None,
) -> Response:
    found = await visit.call(SERVICE, "GET", f"/approvals/{approval_id}", params={"after": after, "size": 50})
    return visit.show(
        "batch/approval.html",
        approval=found,
        reason=reason,
        failure=failure,
    )
