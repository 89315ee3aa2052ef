"""Parts of a page that change while somebody looks at it, as server-sent events (HTML standard, 9.2).

Events: ``part`` (JSON: ``id``, ``html``) whenever a part differs from what was sent last; ``end`` when nothing will change any
more; ``pause`` after some minutes, so that a page which nobody looks at keeps no session alive: the script goes on when
somebody moves.
"""

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from fastapi.responses import Response, StreamingResponse
from registerbro.lifecycle import Lifecycle

from console.web.gateway import CallFailed

USUAL = dt.timedelta(seconds=2)
LONGEST = dt.timedelta(minutes=10)
MEDIA_TYPE = "text/event-stream"
ALIVE = ": alive\n\n"  # so that a browser which has gone is noticed
HEADERS = {"X-Accel-Buffering": "no"}  # nginx passes each event on at once


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a page, HTML by element id."""

    html: Mapping[str, str]
    has_ended: bool = False


def stream(
    parts: Callable[[], Awaitable[Parts | None]],
    *,
    every: dt.timedelta,
    lifecycle: Lifecycle,
    longest: dt.timedelta = LONGEST,
) -> Response:
    """The events, until nothing changes any more, the service is told to end, or the time is over.

    ``parts`` gives None once the person is not logged in any more; where it fails, the page stays as it is for the moment.
    """
    events = _events(parts, every, lifecycle, longest)
    return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)


async def _events(
    parts: Callable[[], Awaitable[Parts | None]],
    every: dt.timedelta,
    lifecycle: Lifecycle,
    longest: dt.timedelta,
) -> AsyncIterator[str]:
    sent: dict[str, str] = {}
    loop = asyncio.get_running_loop()
    until = loop.time() + longest.total_seconds()
    yield ALIVE
    while loop.time() < until and not lifecycle.is_withdrawn:
        try:
            now = await parts()
        except CallFailed:
            now = Parts({})
        if now is None:
            break
        changed = {name: html for name, html in now.html.items() if sent.get(name) != html}
        for name, html in changed.items():
            yield _event("part", {"id": name, "html": html})
        sent |= changed
        if now.has_ended:
            yield _event("end", {})
            return
        if not changed:
            yield ALIVE
        await asyncio.sleep(every.total_seconds())
    yield _event("pause", {})


def _event(kind: str, data: Mapping[str, str]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
