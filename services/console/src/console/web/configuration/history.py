"""The page of the history: who changed what of the configuration, and from what to what."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.pages import Pages
from console.web.visit import CurrentVisit

TOPICS = (
    "feature",
    "contact-type",
    "external-source",
    "schedule",
    "policy",
    "retention",
    "oauth2-client",
    "oauth2-key",
    "person",
    "secrets",
    "service",
)
pages = Pages()


@pages.get("/configuration/history", needs=Scope.CONFIG_READ)
async def show_history(
    visit: CurrentVisit,
    topic: Annotated[str, Query(pattern="^[a-z0-9-]{0,50}$")] = "",
    after: Annotated[str, Query(pattern="^[0-9]{0,19}$")] = "",
) -> Response:
    """Everything, or of one topic."""
    params = {"topic": topic or None, "after": after or None, "size": 50}
    found = await visit.call(Place.CONSOLE, "GET", "/configuration/history", params=params)
    return visit.show("configuration/history.html", changes=found, topic=topic, topics=TOPICS)
