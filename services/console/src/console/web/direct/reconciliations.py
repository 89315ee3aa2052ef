"""Reconciliation: CPR's list of all subscribed numbers against the store, what differs, and putting it right."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, API = "/ui/direct/reconciliations", "/reconciliations"
LONGEST = 16 << 20  # bytes of a form: a million numbers, line ends as a form sends them
PATIENCE = dt.timedelta(minutes=10)
KINDS = ("missing-here", "missing-at-cpr", "unknown-person")
OF_CONTACTS = KINDS[:2]
pages = Pages()


@pages.get("/direct/reconciliations", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def list_reconciliations(visit: CurrentVisit, after: str = "") -> Response:
    """The comparisons, newest first."""
    params = {"after": after or None, "limit": 50}
    found = await visit.call(Place.CPR_DIRECT, "GET", API, params=params)
    return visit.show("direct/reconciliations.html", found=found)


@pages.get("/direct/reconciliations/new", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def new_reconciliation(visit: CurrentVisit) -> Response:
    """The form for a list."""
    return _new(visit)


@pages.post("/direct/reconciliations/new", needs=Scope.SUBSCRIPTIONS_MANAGE, limit=LONGEST)
async def compare(visit: CurrentVisit) -> Response:
    """Compares a list; nothing is changed by that."""
    params = {"as_of": visit.form.optional("as_of")}
    numbers = visit.form.raw("numbers")
    try:
        found = await visit.call(
            Place.CPR_DIRECT, "POST", API, params=params, content=numbers, timeout=PATIENCE
        )
    except CallFailed as failure:
        return _new(visit, failure=failure)
    return visit.done(
        f"{HOME}/{found['reconciliation_id']}", visit.say(N_("The list is compared; nothing is changed yet."))
    )


@pages.get("/direct/reconciliations/{which}", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def show_reconciliation(visit: CurrentVisit, which: int, kind: str = "", after: str = "") -> Response:
    """What differs, and what applying it would do."""
    path = f"{API}/{which}"
    params = {"kind": kind or None, "after": after or None, "limit": 50}
    latest = await visit.call(Place.CPR_DIRECT, "GET", API, params={"limit": 1})
    return visit.show(
        "direct/reconciliation.html",
        found=await visit.call(Place.CPR_DIRECT, "GET", path),
        differences=await visit.call(Place.CPR_DIRECT, "GET", f"{path}/differences", params=params),
        forecast=await visit.call(Place.CPR_DIRECT, "GET", f"{path}/forecast"),
        is_latest=latest["items"][0]["reconciliation_id"] == which,
        kind=kind,
    )


@pages.post("/direct/reconciliations/{which}/applications", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def apply(visit: CurrentVisit, which: int) -> Response:
    """Puts right the kinds that were chosen, once that is confirmed."""
    home, chosen = f"{HOME}/{which}", visit.form.many("kinds")
    if not set(chosen) & set(KINDS):
        return visit.done(home, visit.say(N_("Nothing was chosen, and nothing was changed.")))
    if not visit.form.is_confirmed:
        forecast = await visit.call(Place.CPR_DIRECT, "GET", f"{API}/{which}/forecast")
        return visit.confirm(
            title=visit.say(N_("Put right what was chosen?")),
            what=list(_what(visit, chosen, forecast)),
            action=visit.say(N_("Put it right")),
            back=home,
        )
    sent = {
        "kinds": [kind for kind in OF_CONTACTS if kind in chosen],
        "ends_unknown": KINDS[2] in chosen,
    }
    done = await visit.call(
        Place.CPR_DIRECT, "POST", f"{API}/{which}/applications", json=sent, timeout=PATIENCE
    )
    text = N_(
        "Contacts that now count as subscribed: %(begun)s; as not subscribed: %(ended)s; to be ended at CPR: %(ends)s."
    )
    values = {"begun": done["subscribed"], "ended": done["unsubscribed"], "ends": done["ends_to_come"]}
    return visit.done(home, visit.say(text, **values))


def _what(visit: Visit, chosen: list[str], forecast: Mapping[str, Any]) -> Iterator[str]:
    here, at_cpr, unknown = (kind in chosen for kind in KINDS)
    if here:
        text = N_("Contacts that count as subscribed from now on: %(count)s.")
        yield visit.say(text, count=forecast["subscribed"])
    if at_cpr:
        text = N_(
            "Contacts that no longer count as subscribed: %(count)s. Where that is wished, CPR is told again."
        )
        yield visit.say(text, count=forecast["unsubscribed"])
    if here or at_cpr:
        yield visit.say(N_("What CPR said after the list's day stays as it is."))
    if unknown:
        text = N_(
            "Subscriptions of unknown persons that CPR is told to end: %(count)s. Each is a call to CPR."
        )
        yield visit.say(text, count=forecast["ends_to_come"])


def _new(visit: Visit, failure: CallFailed | None = None) -> Response:
    return visit.show(
        "direct/reconciliation_new.html",
        typed={"as_of": visit.form.text("as_of"), "numbers": visit.form.raw("numbers")},
        failure=failure,
    )
