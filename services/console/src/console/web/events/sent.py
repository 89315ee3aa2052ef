"""What went over the bus: found by type, contact, time and outcome; one event with its data and deliveries; live counts."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.events import EVENT_TYPES

from console.web.addresses import Place
from console.web.danish import DENMARK
from console.web.events import words
from console.web.gateway import CallFailed
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

API, LIST = "/events", "/ui/events"
PAGE = 50
EVERY = dt.timedelta(seconds=5)
TYPES = [(name, name) for name in sorted(kind.NAME for kind in EVENT_TYPES)]
Typed = Annotated[str, Query(max_length=100)]
pages = Pages()


@pages.get("/events", needs=Scope.EVENTS_REPLAY)
async def list_events(
    visit: CurrentVisit,
    kind: Annotated[str, Query(alias="type", max_length=100)] = "",
    contact_id: Typed = "",
    state: Typed = "",
    since: Annotated[str, Query(alias="from", max_length=100)] = "",
    until: Annotated[str, Query(alias="to", max_length=100)] = "",
    after: Typed = "",
) -> Response:
    """Events as they were sent, newest first."""
    typed = {"type": kind, "contact_id": contact_id, "state": state, "from": since, "to": until}
    asked: dict[str, str | int | None] = {name: value or None for name, value in typed.items()}
    asked |= {"from": _moment(since), "to": _moment(until), "limit": PAGE, "after": after or None}
    failure = None
    found: Any = {"items": [], "next": None}
    try:
        found = await visit.call(Place.CONSOLE, "GET", API, params=asked)
    except CallFailed as failed:
        failure = failed
    return visit.show(
        "events/list.html",
        found=found,
        typed=typed,
        failure=failure,
        types=TYPES,
        states=words.SENT,
        state_options=words.options(words.SENT, visit.say),
        short=words.short,
        counts=await counted(visit),
    )


@pages.get("/events/live", needs=Scope.EVENTS_REPLAY)
async def follow_counts(visit: CurrentVisit) -> Response:
    """The counts, whenever they change."""

    async def gather() -> Mapping[str, Any]:
        return {"counts": await counted(visit)}

    return visit.live({"counts": "events/_counts.html"}, gather, every=EVERY)


@pages.get("/events/{event_id}", needs=Scope.EVENTS_REPLAY)
async def show_event(visit: CurrentVisit, event_id: uuid.UUID) -> Response:
    """One event, its data, and what became of it."""
    event = await visit.call(Place.CONSOLE, "GET", f"{API}/{event_id}")
    return visit.show(
        "events/show.html", event=event, states=words.SENT, deliveries=words.DELIVERIES, short=words.short
    )


async def counted(visit: Visit) -> Any:
    """How much there was within the hour, and what waits; the failure, if that cannot be said."""
    return await visit.attempt(Place.CONSOLE, "GET", f"{API}/counts")


def _moment(text: str) -> str | None:
    """A Danish time as the API takes it; what is none as it was typed, so that the API says what is wrong."""
    if not text:
        return None
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=DENMARK).isoformat()
    except ValueError:
        return text
