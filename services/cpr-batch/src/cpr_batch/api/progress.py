"""A run watched live, as server-sent events."""

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses
from registerbro.service import CurrentService

from cpr_batch import errors, problems, watching
from cpr_batch.api.common import CurrentBatch, RunId
from cpr_batch.views.runs import RunView
from cpr_batch.watching import Seen, Watchers

SCOPES: Scopes = {("GET", "/runs/{run_id}/progress"): Scope.BATCH_READ}
router = APIRouter()
RETRY_MS = 2000


async def _place(service: CurrentService, batch: CurrentBatch, run_id: RunId) -> AsyncIterator[None]:
    """A watcher's place, for as long as the answer lasts; the run must be there."""
    await watching.look(batch.pool, run_id)
    with service.get(Watchers).one_more(batch.settings.runs.watchers):
        yield


LastEventId: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=100,
        description="id of the last event that arrived: it is not sent again while nothing has changed since",
    ),
]


@router.get(
    "/runs/{run_id}/progress",
    response_class=EventSourceResponse,
    responses=responses(*problems.of(errors.RunUnknown, errors.TooManyWatchers)),
    dependencies=[Depends(_place)],
)
async def watch_run(
    service: CurrentService, batch: CurrentBatch, run_id: RunId, last_event_id: LastEventId = None
) -> AsyncIterator[RunView]:
    """Follows a run to its end, in whatever replica it is.

    Every event has the whole run with its parts, at most one each second: `progress` while it goes on, `ended` as the last
    one. A connection that is lost, as when the service stops, is simply opened again.
    """
    lifecycle = service.lifecycle
    states = watching.follow(batch.pool, run_id, seen=last_event_id, is_over=lambda: lifecycle.is_withdrawn)
    async with contextlib.aclosing(states):
        async for seen in states:
            yield _event(seen)  # type: ignore[misc] # what is described is the event's data


def _event(seen: Seen) -> ServerSentEvent:
    return ServerSentEvent(
        data=RunView.of(seen.run, seen.parts),
        event="ended" if seen.is_ended else "progress",
        id=seen.id,
        retry=RETRY_MS,
    )
