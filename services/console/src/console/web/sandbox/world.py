"""The sandbox's first page: the state of the world, what happened last, and the way to have Registerbro fetch it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.sandbox import words
from console.web.sandbox.servers import SERVERS
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/sandbox"
LATEST = 8  # days and events that are shown
pages = Pages()


@pages.get("/sandbox", needs=Scope.SANDBOX_CONTROL)
async def show_world(visit: CurrentVisit) -> Response:
    """How many there are, which day it is, what waits, what happened last."""
    return visit.show("sandbox/world.html", **await _gathered(visit))


@pages.get("/sandbox/live", needs=Scope.SANDBOX_CONTROL)
async def follow_world(visit: CurrentVisit) -> Response:
    """The same, whenever it changes."""
    return visit.live({"world": "sandbox/_world.html"}, lambda: _gathered(visit))


@pages.post("/sandbox/answers", needs=Scope.SANDBOX_CONTROL)
async def answer(visit: CurrentVisit) -> Response:
    """What was ordered is delivered, and nothing else happens."""
    try:
        day = await visit.call(Place.SANDBOX, "POST", "/persons/answers", json={})
    except CallFailed as failure:
        return visit.show("sandbox/world.html", failure=failure, **await _gathered(visit))
    return visit.done(HOME, written(visit, day))


@pages.post("/sandbox/fetch", needs=Scope.BATCH_RUN)
async def fetch(visit: CurrentVisit) -> Response:
    """CPR Batch fetches and imports now."""
    await visit.call(Place.CPR_BATCH, "POST", "/runs", json={})
    return visit.done("/ui/batch", visit.say(N_("CPR Batch fetches and imports now.")))


@pages.post("/sandbox/read", needs=Scope.CVR_UPDATE_RUN)
async def read(visit: CurrentVisit) -> Response:
    """CVR Subscription reads the register's events now, CVR Update applies them."""
    await visit.call(Place.CVR_SUBSCRIPTION, "POST", "/synchronisation", json={})
    return visit.done("/ui/cvr-update", visit.say(N_("The register's events have been read.")))


def written(visit: Visit, day: Mapping[str, Any]) -> str:
    """What a day's delivery came to, as a sentence."""
    names = ", ".join(file["name"] for file in day["written"])
    persons = sum(file["persons"] for file in day["written"])
    if day["lost"]:
        return visit.say(
            N_("Written and lost on the way: %(names)s (persons: %(persons)s)."), names=names, persons=persons
        )
    return visit.say(
        N_("Written to the file server: %(names)s (persons: %(persons)s)."), names=names, persons=persons
    )


async def _gathered(visit: Visit) -> dict[str, Any]:
    state = await visit.call(Place.SANDBOX, "GET", "/state")
    days, events = await asyncio.gather(
        visit.attempt(Place.SANDBOX, "GET", "/persons/changes", params={"limit": LATEST}),
        visit.attempt(Place.SANDBOX, "GET", "/companies/events", params={"limit": LATEST}),
    )
    return {"state": state, "days": days, "events": events, "names": words.EVENTS, "servers": SERVERS}
