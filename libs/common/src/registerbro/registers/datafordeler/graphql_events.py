"""``Feed`` by ``CVR_Events`` of the GraphQL service: everything that happened to any unit, numbered from 1.

An import is told of while it runs; ``DAF_RegisterImportStatus`` says up to where it is finished, and only that far is read. A unit
that is corrected comes as deleted and inserted rows, so a ``d`` says no more than that something changed.
"""

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Sequence

from registerbro.cvr import reading
from registerbro.cvr.units import ObjectId
from registerbro.registers.calling import Caller
from registerbro.registers.datafordeler.entities import PAGE_SIZE
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.graphql_service import GraphqlService, has_next, nodes_of
from registerbro.registers.datafordeler.positions import decoded, encoded
from registerbro.registers.errors import FeedGap, PositionUnusable, RegisterError
from registerbro.registers.port import ChangeEvent, FeedPage, Provider

STATUS = "DAF_RegisterImportStatus"
EVENTS = "CVR_Events"
STATUS_QUESTION = f"query {{ {STATUS} {{ lastEventId lastSequenceNumber lastUpdated }} }}"
EVENTS_QUESTION = (
    f"query($from: Long, $first: Int) {{ {EVENTS}(first: $first, where: {{eventid: {{gte: $from}}}})"
    " { pageInfo { hasNextPage } nodes { eventid entityname eventaction fromfailedimport object_id"
    " object_virkningfra datafordelerOpdateringstid datafordelerRegisterImportSequenceNumber } } }"
)
_DELETED = "d"
_FIRST_ID = 1


@dataclasses.dataclass(frozen=True, slots=True)
class _Watermark:
    """Up to where imports are finished."""

    event_id: int
    sequence_number: int
    updated_at: dt.datetime

    def covers(self, event: Node) -> bool:
        return (
            _id(event) <= self.event_id
            and event.get("datafordelerRegisterImportSequenceNumber").number() <= self.sequence_number
        )


class GraphqlFeed:
    """Reads the events; ``caller`` calls the GraphQL end point."""

    provider = Provider.DATAFORDELER_GRAPHQL
    selects = False

    def __init__(self, caller: Caller, *, page_size: int = PAGE_SIZE) -> None:
        self._service = GraphqlService(caller, at_once=1)
        self._page_size = max(page_size, 2)  # the first page begins with what was read already

    async def beginning(self, now: dt.datetime) -> str:
        """After the last finished event."""
        del now
        return _position((await self._watermark()).event_id)

    async def pages(self, position: str, now: dt.datetime) -> AsyncIterator[FeedPage]:
        """What happened since, up to the watermark. Asks from the last event read, which must still be there."""
        last = _last_read(position)
        watermark = await self._watermark()
        page = await self._page(max(last, _FIRST_ID))
        await self._check_for_gap(last, _events(page), watermark)
        while True:
            events = [event for event in _events(page) if _id(event) > last]
            finished = _finished(events, watermark)
            has_more = has_next(page) and len(finished) == len(events)
            if has_more and not events:
                raise page.get("nodes").unusable("says again what was said, and that there is more")
            last = _id(finished[-1]) if finished else last
            until = _stored_at(finished[-1], now) if has_more else watermark.updated_at
            yield FeedPage(_changes(finished, now), _position(last), min(until, now))
            if not has_more:
                return
            page = await self._page(last + 1)

    async def subscribe(self, object_id: ObjectId) -> None:
        """Nothing: the provider tells of all units."""

    async def unsubscribe(self, object_id: ObjectId) -> None:
        """Nothing: the provider tells of all units."""

    async def _watermark(self) -> _Watermark:
        status = (await self._service.ask(STATUS_QUESTION)).get(STATUS)
        return _Watermark(
            status.get("lastEventId").number(),
            status.get("lastSequenceNumber").number(),
            status.get("lastUpdated").required(reading.falsely_utc),
        )

    async def _page(self, from_id: int, size: int | None = None) -> Node:
        variables = {"from": from_id, "first": size or self._page_size}
        return (await self._service.ask(EVENTS_QUESTION, variables)).get(EVENTS)

    async def _check_for_gap(self, last: int, events: Sequence[Node], watermark: _Watermark) -> None:
        """The event that was read last may be hidden from us, but the oldest that is kept must not be later."""
        if last < _FIRST_ID or any(_id(event) == last for event in events):
            return
        oldest = next(iter(_events(await self._page(_FIRST_ID, 1))), None)
        if oldest is None or _id(oldest) > last + 1 or watermark.event_id < last:
            raise FeedGap("the register no longer keeps the events after those that were read last")


def _events(page: Node) -> list[Node]:
    return sorted(nodes_of(page), key=_id)


def _finished(events: Sequence[Node], watermark: _Watermark) -> list[Node]:
    """The events before the first one of an import that still runs; the numbers of its packages are not in order."""
    unfinished = next((index for index, each in enumerate(events) if not watermark.covers(each)), None)
    return list(events[:unfinished])


def _changes(events: Sequence[Node], now: dt.datetime) -> tuple[ChangeEvent, ...]:
    """Without the duplicates of failed imports, and without what is about no unit."""
    return tuple(
        _change(event, now)
        for event in events
        if event.get("object_id").text() and not event.get("fromfailedimport").boolean()
    )


def _change(event: Node, now: dt.datetime) -> ChangeEvent:
    action = event.get("eventaction").required_text()
    since = event.get("object_virkningfra").date()
    is_future = since is not None and since > reading.danish_day(now) and action != _DELETED
    return ChangeEvent(
        object_id=event.get("object_id").text(),
        about=event.get("entityname").required_text(),
        action=action,
        at=_stored_at(event, now),
        effective_on=since if is_future else None,
    )


def _stored_at(event: Node, now: dt.datetime) -> dt.datetime:
    return event.get("datafordelerOpdateringstid").moment() or now


def _id(event: Node) -> int:
    return event.get("eventid").number()


def _position(event_id: int) -> str:
    return encoded(Provider.DATAFORDELER_GRAPHQL, event=event_id)


def _last_read(position: str) -> int:
    try:
        return decoded(Provider.DATAFORDELER_GRAPHQL, position).get("event").number()
    except RegisterError as problem:
        raise PositionUnusable(str(problem)) from None
