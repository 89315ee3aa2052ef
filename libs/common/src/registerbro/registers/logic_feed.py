"""KMD Logic's events about subscribed units, and subscribing.

A position is the end of the last window of time that was read. Events may be stored late, so that a window begins some hours
before it. The pages of one window cannot be resumed: until its last page is applied, the position stays.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import structlog

from registerbro.cvr.units import ObjectId
from registerbro.registers import logic_units
from registerbro.registers.calling import Answer, Caller
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.errors import AnswerUnusable, FeedGap, FieldUnusable, PositionUnusable, Refused
from registerbro.registers.logic import BAD_REQUEST, NOT_FOUND, configuration, raise_refused
from registerbro.registers.port import ChangeEvent, FeedPage, Provider
from registerbro.registers.settings import LogicSettings

OVERLAP = dt.timedelta(hours=2)
MOST_PAGES = 100_000  # of one window; a server that never ends would keep us for ever
_PREFIX = "logic:"
_ALREADY_SO = re.compile(rb"already|exist|not subscribed|no subscription", re.IGNORECASE)
log = structlog.get_logger()


class LogicFeed:
    """``port.Feed`` at KMD Logic; the caller's base address ends with ``/subscriptions/{id}/cvr``."""

    provider = Provider.KMD_LOGIC
    selects = True

    def __init__(self, caller: Caller, settings: LogicSettings | None) -> None:
        self._caller = caller
        self._params = configuration(settings)
        self._page_size = settings.page_size if settings else 0
        self._kept = dt.timedelta(days=settings.events_kept_days if settings else 0)

    async def beginning(self, now: dt.datetime) -> str:
        """The position of a moment."""
        return _PREFIX + now.astimezone(dt.UTC).isoformat()

    async def pages(self, position: str, now: dt.datetime) -> AsyncIterator[FeedPage]:
        """The pages of the window from the position to now; the last one moves the position."""
        since = _moment(position)
        if self._params and now - since > self._kept:
            raise FeedGap(
                f"KMD Logic was read last on {since:%Y-%m-%d}; it keeps events for {self._kept.days} days"
            )
        window = {"dateFrom": _text(since - OVERLAP), "dateTo": _text(now)}
        for number in range(1, MOST_PAGES + 1):
            page = await self._page(window, number)
            if not _count(page.get("actualCount")):
                yield FeedPage(tuple(_events(page, now)), await self.beginning(now), until=now)
                return
            yield FeedPage(tuple(_events(page, now)), position, until=since)
        raise AnswerUnusable(f"KMD Logic's events have no end after {MOST_PAGES} pages")

    async def subscribe(self, object_id: ObjectId) -> None:
        """Asks for events about a unit."""
        path = f"/subscribe/{quote(object_id, safe='')}"
        answer = await self._caller.call("POST", path, json=dict(self._params))
        await self._settle(answer)

    async def unsubscribe(self, object_id: ObjectId) -> None:
        """Asks for no more events about a unit."""
        path = f"/unsubscribe/{quote(object_id, safe='')}"
        answer = await self._caller.call("DELETE", path, params=self._params)
        if answer.status != NOT_FOUND:
            await self._settle(answer)

    async def _settle(self, answer: Answer) -> None:
        """A 400 may mean that it is so already: it counts as that while the configuration is in order."""
        if answer.status == NOT_FOUND:
            raise Refused(
                "KMD Logic knows no such unit: its id may be another configuration's",
                code=str(NOT_FOUND),
                status=NOT_FOUND,
            )
        if answer.status != BAD_REQUEST or _ALREADY_SO.search(answer.content):
            return
        path = f"/configurations/{self._params['configurationId']}"
        if (await self._caller.call("GET", path)).status in {BAD_REQUEST, NOT_FOUND}:
            raise_refused(answer)
        log.info("subscription unchanged", status=answer.status)

    async def _page(self, window: dict[str, str], number: int) -> Node:
        paging = {"pageNo": str(number), "pageSize": str(self._page_size)}
        params = {**self._params, **window, **paging}
        answer = await self._caller.call("GET", "/subscribed-events", params=params)
        raise_refused(answer)
        return Node(logic_units.spelled(answer.json()))


def _moment(position: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(position.removeprefix(_PREFIX))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not position.startswith(_PREFIX):
        raise PositionUnusable("the position is not one of KMD Logic's")
    return moment


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _count(node: Node) -> int:
    """How many events the page had before it was filtered; required, and 0 on the last page."""
    return node.number()


def _events(page: Node, now: dt.datetime) -> Iterator[ChangeEvent]:
    """The events that say whom they are about; their time serves for show alone."""
    for node in page.get("events").items():
        try:
            yield ChangeEvent(
                object_id=node.get("id").required_text(),
                about=node.get("objectType").text(),
                action=node.get("action").text(),
                at=_time(node.get("actionDateTime"), now),
            )
        except FieldUnusable as error:
            log.warning("event skipped", field=error.path)


def _time(node: Node, now: dt.datetime) -> dt.datetime:
    try:
        return node.moment() or now
    except FieldUnusable:
        return now
