"""The subscription policy: its rule, what a run would do, and runs at once. Its settings are changed under Configuration."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.notices import Tone
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME, PLAN = "/ui/direct/policy", "/ui/direct/policy/plan"
PATIENCE = dt.timedelta(minutes=10)  # a run over all contacts
pages = Pages()


@pages.get("/direct/policy", needs=Scope.CONFIG_READ)
async def show_policy(visit: CurrentVisit) -> Response:
    """The rule, the next run and the latest."""
    return visit.show("direct/policy.html", policy=await visit.call(Place.CPR_DIRECT, "GET", "/policy"))


@pages.get("/direct/policy/plan", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def show_plan(
    visit: CurrentVisit, day: dt.date | None = None, after: int = 0, at_once: str = ""
) -> Response:
    """The dry run for a day, today if none is named; it reads all contacts, so the page follows it. ``at_once``: the whole page waits."""
    planned = await _planned(visit, day, after) if at_once else {"plan": None}
    return visit.show("direct/plan.html", day=day, after=after, **planned)


@pages.get("/direct/policy/plan/live", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def follow_plan(visit: CurrentVisit, day: dt.date | None = None, after: int = 0) -> Response:
    """The dry run once it is made."""

    async def planned() -> Mapping[str, Any]:
        return {"day": day, **await _planned(visit, day, after)}

    return visit.live({"plan": "direct/planned.html"}, planned)


async def _planned(visit: Visit, day: dt.date | None, after: int) -> Mapping[str, Any]:
    """What there is to show of it, or why it could not be made."""
    params = {"day": day.isoformat() if day else None, "after": after, "limit": 50}
    made: dict[str, Any] = {"plan": None, "failure": None, "has_ended": True}
    try:
        made["plan"] = await visit.call(
            Place.CPR_DIRECT, "GET", "/policy/plan", params=params, timeout=PATIENCE
        )
    except CallFailed as failure:
        made["failure"] = failure
    return made


@pages.post("/direct/policy/runs", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def run_policy(visit: CurrentVisit) -> Response:
    """Runs it, once that is confirmed where it ends subscriptions. ``approved``: although these are too many to pass."""
    is_approved = visit.form.flag("approved")
    if not visit.form.is_confirmed:
        plan = await visit.call(
            Place.CPR_DIRECT, "GET", "/policy/plan", params={"limit": 1}, timeout=PATIENCE
        )
        figures = plan["figures"]
        if figures["is_too_much"] and not is_approved:
            return visit.done(PLAN, visit.say(N_("This run would be held: see below.")), tone=Tone.WARNING)
        if figures["ends"]:
            return _ask(visit, figures, is_approved=is_approved)
    done = await visit.call(
        Place.CPR_DIRECT, "POST", "/policy/runs", json={"is_approved": is_approved}, timeout=PATIENCE
    )
    if done["state"] == "held":
        text = visit.say(N_("The run was held and changed nothing: it would end too many subscriptions."))
        return visit.done(PLAN, text, tone=Tone.WARNING)
    figures = done["figures"]
    text = N_("The policy was run. Subscriptions to begin: %(begins)s; to end: %(ends)s.")
    return visit.done(HOME, visit.say(text, begins=figures["begins"], ends=figures["ends"]))


def _ask(visit: Visit, figures: Mapping[str, Any], *, is_approved: bool) -> Response:
    what = [
        visit.say(
            N_("Subscriptions that end: %(ends)s of %(all)s. CPR no longer sends changes of these persons."),
            ends=figures["ends"],
            all=figures["subscriptions"],
        ),
        visit.say(N_("Subscriptions that begin: %(begins)s."), begins=figures["begins"]),
        visit.say(N_("The contacts stay. Who is to be subscribed again later is fetched from CPR anew.")),
    ]
    if is_approved:
        most = visit.say(
            N_("Without your approval it would be held: no more than %(most)s may end at once."),
            most=figures["most"],
        )
        what.insert(1, most)
    return visit.confirm(
        title=visit.say(N_("Run the policy now?")),
        what=what,
        action=visit.say(N_("Run the policy")),
        back=PLAN,
    )
