"""Paid calls to CPR: by client and Danish day, against their budgets."""

import collections
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

SPANS = (7, 31, 366)
pages = Pages()


@pages.get("/direct/usage", needs=Scope.CONFIG_READ)
async def show_usage(visit: CurrentVisit, days: Annotated[int, Query(ge=1, le=366)] = 31) -> Response:
    """The calls of the last days."""
    used = await visit.call(Place.CPR_DIRECT, "GET", "/usage", params={"days": days})
    spans = [
        (f"/ui/direct/usage?days={span}", visit.say(N_("%(days)s days"), days=span), span == days)
        for span in SPANS
    ]
    return visit.show("direct/usage.html", used=used, clients=_by_client(used), spans_as_tabs=spans)


def _by_client(used: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Calls of all days, and of the latest day with any, which the budget counts for."""
    totals: collections.Counter[str] = collections.Counter()
    for row in used:
        totals[row["client"]] += row["calls"]
    latest = {row["client"]: row for row in reversed(used)}  # newest first: the newest wins
    return [{**latest[client], "total": total} for client, total in totals.most_common()]
