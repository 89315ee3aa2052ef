"""The page of CVR: providers, connection test, certificate, and the settings of the external source."""

import asyncio
import datetime as dt
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.features import Feature

from console.web import connection_tests
from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.switching import API, Switching, switch
from console.web.visit import CurrentVisit, Visit

PAGE = "/ui/cvr"
TESTERS = {"lookups": Place.CVR_ONLINE, "updates": Place.CVR_SUBSCRIPTION}
SWITCHING = Switching(
    feature=Feature.CVR,
    back=PAGE,
    title_on=N_("Switch CVR on?"),
    title_off=N_("Switch CVR off?"),
    when_on=(
        N_("Companies and production units can be looked up and imported."),
        N_("CVR Update goes on with its work if it is switched on."),
    ),
    when_off=(
        N_("Nobody can look companies and production units up, or import them, any more."),
        N_("CVR Update rests: its subscriptions stay, but no change is read and nothing is updated."),
        N_("Contacts keep all their data."),
    ),
)
pages = Pages()


@pages.get("/cvr", needs=Scope.CONFIG_READ)
async def show(visit: CurrentVisit) -> Response:
    """How the way to CVR stands."""
    return await _page(visit)


@pages.post("/cvr/test", needs=Scope.CONFIG_READ)
async def test(visit: CurrentVisit) -> Response:
    """Tries the way to a provider step by step."""
    asked = visit.form.text("provider")
    whose = asked if asked in TESTERS else "lookups"
    try:
        tested = await connection_tests.test(visit, TESTERS[whose])
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return await _page(visit, tested={**tested, "whose": whose})


@pages.post("/cvr/switch", needs=Scope.CONFIG_WRITE)
async def switch_module(visit: CurrentVisit) -> Response:
    """Switches the module, once that is confirmed."""
    return await switch(visit, SWITCHING)


async def _page(
    visit: Visit,
    *,
    tested: dict[str, Any] | None = None,
    failure: CallFailed | None = None,
) -> Response:
    connection, certificate, source, features = await asyncio.gather(
        visit.attempt(Place.CVR_ONLINE, "GET", "/connection"),
        visit.attempt(Place.CVR_ONLINE, "GET", "/certificate"),
        visit.attempt(Place.CONSOLE, "GET", "/configuration/sources/CVR-J"),
        visit.attempt(Place.CONSOLE, "GET", API),
    )
    return visit.show(
        "cvr/state.html",
        connection=connection,
        certificate=certificate,
        days_left=_days_left(certificate),
        source=source,
        features=features,
        tested=tested,
        failure=failure,
    )


def _days_left(certificate: Any) -> int | None:
    """None where there is no certificate, or nobody knows."""
    if isinstance(certificate, CallFailed) or not certificate["not_after"]:
        return None
    return (dt.datetime.fromisoformat(certificate["not_after"]) - dt.datetime.now(dt.UTC)).days
