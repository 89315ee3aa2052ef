"""The page of CVR Update as a whole: its switch, what is subscribed, the current run, the brake."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.features import Feature

from console.web.addresses import Place
from console.web.languages import N_
from console.web.pages import Pages
from console.web.switching import API, Switching, switch
from console.web.visit import CurrentVisit, Visit

PAGE = "/ui/cvr-update"
PARTS = {
    "modules": "cvr_update/modules.html",
    "run": "cvr_update/run.html",
    "subscribed": "cvr_update/subscribed.html",
    "waiting": "cvr_update/waiting.html",
}
SWITCHING = Switching(
    feature=Feature.CVR_UPDATE,
    back=PAGE,
    title_on=N_("Switch CVR Update on?"),
    title_off=N_("Switch CVR Update off?"),
    when_on=(
        N_(
            "Every company and production unit among the contacts is subscribed at the register and updated once. With many contacts this may take hours."
        ),
        N_("New ones follow by themselves; none can be left out."),
        N_("From then on changes are read every hour, and the contacts are updated."),
    ),
    when_off=(
        N_("All subscriptions are cancelled at the register, and updates that wait are dropped."),
        N_("The contacts keep all their data, but nothing tells of changes any more."),
        N_("When it is switched on again, everything is subscribed and updated anew."),
    ),
)
pages = Pages()


@pages.get("/cvr-update", needs=Scope.CVR_UPDATE_RUN)
async def show(visit: CurrentVisit) -> Response:
    """How CVR Update stands."""
    return visit.show("cvr_update/state.html", **await _standing(visit))


@pages.get("/cvr-update/live", needs=Scope.CVR_UPDATE_RUN)
async def follow(visit: CurrentVisit) -> Response:
    """The same while somebody looks."""
    return visit.live(PARTS, lambda: _standing(visit))


@pages.post("/cvr-update/switch", needs=Scope.CONFIG_WRITE)
async def switch_module(visit: CurrentVisit) -> Response:
    """Switches the module, once that is confirmed."""
    return await switch(visit, SWITCHING)


@pages.post("/cvr-update/runs", needs=Scope.CVR_UPDATE_RUN)
async def work_now(visit: CurrentVisit) -> Response:
    """Lets all replicas look at the queue at once."""
    await visit.call(Place.CVR_UPDATE, "POST", "/runs")
    return visit.done(PAGE, visit.say(N_("The queue is looked at, and the register is asked again.")))


@pages.post("/cvr-update/brake", needs=Scope.CVR_UPDATE_RUN)
async def release_brake(visit: CurrentVisit) -> Response:
    """Lets the brake go, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Let the brake go?")),
            what=[
                visit.say(
                    N_(
                        "What it held is written: contacts get an end date, or lose their name or main address, as the register says."
                    )
                ),
                visit.say(N_("For an hour it holds nothing, however many there are.")),
                visit.say(N_("Your name is noted beside it.")),
            ],
            action=visit.say(N_("Let the brake go")),
            back=PAGE,
        )
    await visit.call(Place.CVR_UPDATE, "POST", "/brake/releases")
    return visit.done(PAGE, visit.say(N_("The brake is released, and the updates go on.")))


async def _standing(visit: Visit) -> Mapping[str, Any]:
    features, summary, run, queue = await asyncio.gather(
        visit.attempt(Place.CONSOLE, "GET", API),
        visit.attempt(Place.CVR_SUBSCRIPTION, "GET", "/subscriptions/summary"),
        visit.attempt(Place.CVR_UPDATE, "GET", "/runs/current"),
        visit.attempt(Place.CVR_UPDATE, "GET", "/queue", params={"limit": 1}),
    )
    return {"features": features, "summary": summary, "run": run, "queue": queue}
