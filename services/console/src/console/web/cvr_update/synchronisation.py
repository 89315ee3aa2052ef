"""Reading what changed at the register: how far it is, now, and everything anew."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PAGE = "/ui/cvr-update/synchronisation"
JOB = "cvr-subscription.synchronise"
PARTS = {"reading": "cvr_update/reading.html", "run": "cvr_update/run.html"}
WAIT_SECONDS = 3  # then it goes on while the page shows how far it is
pages = Pages()


@pages.get("/cvr-update/synchronisation", needs=Scope.CVR_UPDATE_RUN)
async def show(visit: CurrentVisit) -> Response:
    """How far changes were read."""
    return visit.show("cvr_update/synchronisation.html", **await _standing(visit))


@pages.get("/cvr-update/synchronisation/live", needs=Scope.CVR_UPDATE_RUN)
async def follow(visit: CurrentVisit) -> Response:
    """The same while somebody looks."""
    return visit.live(PARTS, lambda: _standing(visit))


@pages.post("/cvr-update/synchronisation", needs=Scope.CVR_UPDATE_RUN)
async def synchronise(visit: CurrentVisit) -> Response:
    """Reads changes now; with ``full`` everything is updated, once that is confirmed."""
    is_full = visit.form.text("full") == "yes"
    if is_full and not visit.form.is_confirmed:
        return _ask(visit)
    wish = {"full": is_full, "wait_seconds": WAIT_SECONDS}
    try:
        answer = await visit.answer(Place.CVR_SUBSCRIPTION, "POST", "/synchronisation", json=wish)
    except CallFailed as failure:
        return visit.show(
            "cvr_update/synchronisation.html",
            **await _standing(visit),
            failure=failure,
        )
    if answer.status_code == 202:
        return visit.done(PAGE, visit.say(N_("It has begun. This page shows how far it is.")))
    return visit.done(
        PAGE, visit.say(N_("Done: %(count)s contacts wait for an update now."), count=answer.json()["queued"])
    )


def _ask(visit: Visit) -> Response:
    return visit.confirm(
        title=visit.say(N_("Update all companies and production units?")),
        what=[
            visit.say(
                N_(
                    "Every subscribed contact is compared with the register and updated. With many contacts this may take hours."
                )
            ),
            visit.say(N_("Updates that wait are dropped, and done as part of it.")),
            visit.say(N_("It cannot be taken back, but switching CVR Update off ends it.")),
        ],
        action=visit.say(N_("Update everything")),
        back=PAGE,
        is_danger=False,
    )


async def _standing(visit: Visit) -> Mapping[str, Any]:
    following, run, job = await asyncio.gather(
        visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/synchronisation"),
        visit.attempt(Place.CVR_UPDATE, "GET", "/runs/current"),
        visit.attempt(Place.CONSOLE, "GET", f"/configuration/schedules/{JOB}"),
    )
    return {"following": following, "run": run, "job": job}
