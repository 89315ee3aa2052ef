"""What went over the bus in the last days."""

import dataclasses
import datetime as dt
import re
import uuid
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator
from registerbro.api import Page, Size
from registerbro.auth import Scope, Scopes
from registerbro.bus import dead_letters, outbox, sent
from registerbro.bus.sent import Position, SentFilter, SentState
from registerbro.ids import LAST_ID
from registerbro.problems import InvalidRequest, responses
from registerbro.service import CurrentService

from console.audit.fields import Moment
from console.events.errors import PROBLEMS, EventUnknown
from console.events.views import EventCounts, EventDetails, EventOut, TypeCountOut, short_type

EVENTS = "/events"
EVENT = f"{EVENTS}/{{event_id}}"
COUNTS = f"{EVENTS}/counts"
SCOPES: Scopes = dict.fromkeys((("GET", EVENTS), ("GET", COUNTS), ("GET", EVENT)), Scope.EVENTS_REPLAY)
TYPE = r"^[a-z][a-z0-9.]{0,99}$"
POSITION = r"^(\d{4}-\d{2}-\d{2})_([0-9a-f-]{36})$"
router = APIRouter()


def _position(text: str) -> Position:
    found = re.fullmatch(POSITION, text)
    if found is None:
        raise ValueError("must be what the page before gave as next")
    return dt.date.fromisoformat(found[1]), uuid.UUID(found[2])


def _checked(text: str) -> str:
    _position(text)
    return text


After: TypeAlias = Annotated[
    str,
    Query(pattern=POSITION, description="what the page before gave as next"),
    AfterValidator(_checked),
]


@router.get(EVENTS)
async def list_events(
    service: CurrentService,
    type_: Annotated[
        str | None,
        Query(
            alias="type",
            pattern=TYPE,
            description="as contact.updated, or whole",
            examples=["contact.updated"],
        ),
    ] = None,
    contact_id: Annotated[
        int | None, Query(ge=1, le=LAST_ID, description="the contact that it tells of")
    ] = None,
    state: Annotated[SentState | None, Query(description="how far it came")] = None,
    since: Annotated[Moment | None, Query(alias="from", description="all that are kept, if left out")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="now, if left out; not included")] = None,
    size: Size = 100,
    after: After | None = None,
) -> Page[EventOut]:
    """Events as they were sent, newest first. They hold no personal data, and are kept for some days."""
    end = until or dt.datetime.now(dt.UTC)
    kind = short_type(type_) if type_ else None
    asked = SentFilter(since, end, kind, contact_id, [state] if state else None)
    if since is not None and since >= end:
        raise InvalidRequest("from must be before to.")
    async with service.pool.acquire() as connection:
        before = None if after is None else _position(after)
        found = await sent.find(connection, asked, before=before, size=size)
    cursor = "_".join(map(str, found[-1].position)) if found else ""
    return Page[EventOut].cut([EventOut.of(each) for each in found], size, cursor)


@router.get(COUNTS)
async def count_events(
    service: CurrentService,
    minutes: Annotated[int, Query(ge=1, le=1440, description="how far to look back")] = 60,
) -> EventCounts:
    """How many events of each type there were lately, how many wait for a relay, how many were given up."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    async with service.pool.acquire() as connection:
        counted = await sent.counts(connection, since)
        backlog = await outbox.backlog(connection)
        given_up = await dead_letters.open_by_consumer(connection)
    return EventCounts(
        since=since,
        sent=[TypeCountOut(**dataclasses.asdict(each)) for each in counted],
        waiting=backlog.waiting,
        oldest_waiting=backlog.oldest,
        dead_letters=given_up,
    )


@router.get(EVENT, responses=responses(*PROBLEMS.of(EventUnknown)))
async def show_event(
    event_id: Annotated[uuid.UUID, Path(description="as the list names it")], service: CurrentService
) -> EventDetails:
    """One event, with its CloudEvent and what became of it with its consumers."""
    async with service.pool.acquire() as connection:
        found = await sent.get(connection, event_id)
        if found is None:
            raise EventUnknown
        return EventDetails.of(found, await sent.deliveries(connection, found))
