"""The way to CPR: how it stands, the connection test step by step, and a log-on that is blocked."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.problems import BASE

from console.web import connection_tests
from console.web.addresses import Place
from console.web.advice import advice_for
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/direct"
HEADER = (  # places of the answer's header, counted from 1: cpr_direct.wire.fields
    (1, 4, N_("Customer number")),
    (5, 5, N_("Subscription type")),
    (6, 6, N_("Data type")),
    (7, 14, N_("Token of the session, masked")),
    (15, 22, N_("User id")),
    (23, 24, N_("Error number; 00: no error")),
    (25, 28, N_("Length of the answer; on errors a reason")),
)
pages = Pages()


@pages.get("/direct", needs=Scope.CONFIG_READ)
async def show_connection(visit: CurrentVisit) -> Response:
    """How CPR and we get along."""
    return visit.show("direct/connection.html", **await _standing(visit))


@pages.get("/direct/live", needs=Scope.CONFIG_READ)
async def follow_connection(visit: CurrentVisit) -> Response:
    """The same as it changes."""
    return visit.live(
        {"standing": "direct/standing.html"}, lambda: _standing(visit), every=dt.timedelta(seconds=5)
    )


@pages.post("/direct/test", needs=Scope.CONFIG_READ)
async def try_connection(visit: CurrentVisit) -> Response:
    """The vendor's Test button: every step, and what to do about the one that fails."""
    tested = await connection_tests.test(visit, Place.CPR_DIRECT)
    header = tested["header"] or ""
    return visit.show(
        "direct/test.html",
        tested=tested,
        parts_of_header=[(start, end, header[start - 1 : end], text) for start, end, text in HEADER],
    )


@pages.post("/direct/unblock", needs=Scope.CONFIG_WRITE)
async def lift_block(visit: CurrentVisit) -> Response:
    """Lets refused credentials be tried once more."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Let the refused log-on be tried once more?")),
            what=[
                visit.say(N_("The next call, or the next test, logs on with the same user id and password.")),
                visit.say(
                    N_("If they are still wrong, CPR counts one more wrong log-on, and may lock the account.")
                ),
                visit.say(
                    N_("Do this only where CPR has unlocked the account, or the agreement was mended there.")
                ),
            ],
            action=visit.say(N_("Lift the block")),
            back=HOME,
        )
    await visit.call(Place.CPR_DIRECT, "DELETE", "/logon-block")
    return visit.done(HOME, visit.say(N_("The block is lifted. Test the connection now.")))


async def _standing(visit: Visit) -> Mapping[str, Any]:
    state = await visit.call(Place.CPR_DIRECT, "GET", "/connection")
    obstacle = state["logon_obstacle"]
    return {
        "state": state,
        "obstacle": obstacle and advice_for(_slug(obstacle), Place.CPR_DIRECT),
        "reason_of": lambda slug: advice_for(slug, Place.CPR_DIRECT).text,
        "is_blocked": bool(obstacle) and _slug(obstacle) == "logon-blocked",
    }


def _slug(failure: Mapping[str, str]) -> str:
    return failure["type"].removeprefix(BASE)
