"""Spot checks: draw a sample of accesses, say of each whether it is fine, close."""

import datetime as dt
import uuid
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.audit import showing
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, API = "/ui/audit/spot-checks", "/audit/spot-checks"
USUAL_SIZE = "25"
pages = Pages()


@pages.get("/audit/spot-checks", needs=Scope.AUDIT_READ)
async def list_checks(visit: CurrentVisit, which: str = "open", after: str = "") -> Response:
    """Those that are open, or all, and the form for another one."""
    return await _list(visit, which=which, after=after)


@pages.post("/audit/spot-checks", needs=Scope.AUDIT_READ)
async def draw(visit: CurrentVisit) -> Response:
    """Draws a sample."""
    form, size = visit.form, visit.form.text("size")
    sent = {
        **visit.why(),
        "first_day": form.text("first_day"),
        "last_day": form.text("last_day"),
        "size": int(size) if size.isascii() and size.isdigit() else size,
        "client": form.optional("client"),
        "acting_user": form.optional("acting_user"),
        "per_user": form.flag("per_user"),
    }
    try:
        drawn = await visit.call(Place.CONSOLE, "POST", API, json=sent)
    except CallFailed as failure:
        return await _list(visit, failure=failure)
    return visit.done(f"{HOME}/{drawn['check_id']}", visit.say(N_("The sample is drawn.")))


@pages.get("/audit/spot-checks/{check_id}", needs=Scope.AUDIT_READ)
async def show_check(visit: CurrentVisit, check_id: int) -> Response:
    """The accesses that were drawn, with their verdicts."""
    return await _show(visit, check_id)


@pages.post("/audit/spot-checks/{check_id}/verdicts/{audit_id}", needs=Scope.AUDIT_READ)
async def judge(visit: CurrentVisit, check_id: int, audit_id: uuid.UUID) -> Response:
    """Says of an access that it is fine or must be looked into."""
    sent = {"verdict": visit.form.text("verdict"), "note": visit.form.optional("note")}
    try:
        await visit.call(Place.CONSOLE, "PUT", f"{API}/{check_id}/verdicts/{audit_id}", json=sent)
    except CallFailed as failure:
        return await _show(visit, check_id, failure=failure)
    return visit.done(f"{HOME}/{check_id}#access-{audit_id}")


@pages.post("/audit/spot-checks/{check_id}/close", needs=Scope.AUDIT_READ)
async def close(visit: CurrentVisit, check_id: int) -> Response:
    """Ends a check, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Close the spot check?")),
            what=[
                visit.say(
                    N_("Its verdicts, notes and conclusion stand; nothing of it can be changed any more.")
                ),
                visit.say(N_("It stays until the audit log's days that it is of are past their time.")),
            ],
            action=visit.say(N_("Close the spot check")),
            back=f"{HOME}/{check_id}",
        )
    sent = {"conclusion": visit.form.optional("conclusion")}
    try:
        await visit.call(Place.CONSOLE, "POST", f"{API}/{check_id}/close", json=sent)
    except CallFailed as failure:
        return await _show(visit, check_id, failure=failure)
    return visit.done(f"{HOME}/{check_id}", visit.say(N_("The spot check is closed.")))


async def _list(
    visit: Visit, *, which: str = "open", after: str = "", failure: CallFailed | None = None
) -> Response:
    visit.stated()
    params = {"open": which != "all", "after": after or None, "limit": 50}
    yesterday = (dt.datetime.now(dt.UTC).date() - showing.DAY).isoformat()
    usual = {"first_day": "", "last_day": yesterday, "size": USUAL_SIZE, "client": "", "acting_user": ""}
    form = visit.form
    return visit.show(
        "audit/spot_checks.html",
        checks=await visit.call(Place.CONSOLE, "GET", API, params=params),
        typed={name: form.text(name, value) for name, value in usual.items()}
        | {"per_user": form.flag("per_user")},
        which=which,
        failure=failure,
    )


async def _show(visit: Visit, check_id: int, *, failure: CallFailed | None = None) -> Response:
    check: Any = await visit.call(Place.CONSOLE, "GET", f"{API}/{check_id}")
    return visit.show(
        "audit/spot_check.html",
        check=check,
        action_of=showing.action_of,
        conclusion=visit.form.text("conclusion"),
        failure=failure,
    )
