"""``Feed`` by the older messages that Datafordeleren keeps for a service user to pull: what the user subscribes to, of all registers.

Nobody says in which zone the bounds of a question are, nor that messages become visible in the order of their ids. So a question
begins hours before what was read last, and what was read already is left out.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

import structlog

from registerbro.cvr import reading
from registerbro.cvr.units import ObjectId
from registerbro.registers.calling import Caller
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.positions import decoded, encoded
from registerbro.registers.errors import FeedGap, FieldUnusable, PositionUnusable, Refused, RegisterError
from registerbro.registers.port import ChangeEvent, FeedPage, Provider

PAGE_SIZE = 1000
ZONES = dt.timedelta(hours=3)  # more than Denmark is ahead of UTC
LATE = dt.timedelta(hours=1)  # a message may become visible that long after others that were stored later
MOST_RUNS = 1000  # of ids that a position remembers; what it forgets comes again
_AHEAD = dt.timedelta(days=1)
_UNIT_ID = re.compile(r"4[0-9]{9}")  # CVREnhedsId; objects of other registers have other ids
log = structlog.get_logger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class _Message:
    """One message: its place in the stream, and what it holds."""

    id: int
    stored_at: dt.datetime
    node: Node


@dataclasses.dataclass(frozen=True, slots=True)
class _Position:
    """Up to where was read: the latest time of storing and the highest id; and which ids were read of the last hour before."""

    stored_at: dt.datetime
    last_id: int | None = None
    recent: tuple[range, ...] = ()

    def is_new(self, message: _Message) -> bool:
        if self.last_id is None or message.id > self.last_id:
            return True
        is_recent = message.stored_at > self.stored_at - LATE
        return is_recent and not any(message.id in ids for ids in self.recent)

    def after(self, read: Mapping[int, dt.datetime]) -> "_Position":
        """The position once messages were read; ``read`` has when they were stored."""
        stored_at = max([self.stored_at, *read.values()])
        recent = sorted(id_ for id_, at in read.items() if at > stored_at - LATE)
        last_id = max([*read, *([] if self.last_id is None else [self.last_id])], default=None)
        return _Position(stored_at, last_id, _runs(recent)[-MOST_RUNS:])

    def text(self) -> str:
        recent = [[run.start, run.stop] for run in self.recent]
        return encoded(
            Provider.DATAFORDELER_REST, stored_at=self.stored_at.isoformat(), id=self.last_id, recent=recent
        )


def _runs(ids: Iterable[int]) -> tuple[range, ...]:
    """Ascending ids as runs without gaps."""
    runs: list[range] = []
    for each in ids:
        if runs and runs[-1].stop == each:
            runs[-1] = range(runs[-1].start, each + 1)
        else:
            runs.append(range(each, each + 1))
    return tuple(runs)


class PullFeed:
    """Reads the messages; ``caller`` calls the service's address."""

    provider = Provider.DATAFORDELER_REST
    selects = False

    def __init__(self, caller: Caller, *, page_size: int = PAGE_SIZE) -> None:
        self._caller = caller
        self._page_size = page_size

    async def beginning(self, now: dt.datetime) -> str:
        """Now; messages are kept from the day on which the service user subscribed to them."""
        return _Position(now).text()

    async def pages(self, position: str, now: dt.datetime) -> AsyncIterator[FeedPage]:
        """What was stored since. The position moves once the message that was read last has been seen again."""
        start = _read_position(position)
        reached, read, is_joined = start, dict[int, dt.datetime](), start.last_id is None
        async for messages, is_last in self._messages(start.stored_at - ZONES, now):
            is_joined = is_joined or any(message.id == start.last_id for message in messages)
            if is_last and not is_joined:
                raise FeedGap("the register no longer keeps the messages after those that were read last")
            read |= {message.id: message.stored_at for message in messages}
            reached = reached.after(read)
            read = {id_: at for id_, at in read.items() if at > reached.stored_at - LATE}
            changes = tuple(change for each in messages if start.is_new(each) for change in _changes(each))
            yield FeedPage(
                changes,
                (reached if is_joined else start).text(),
                now if is_last else min(reached.stored_at, now),
            )

    async def subscribe(self, object_id: ObjectId) -> None:
        """Nothing: the provider tells of all units."""

    async def unsubscribe(self, object_id: ObjectId) -> None:
        """Nothing: the provider tells of all units."""

    async def _messages(
        self, since: dt.datetime, now: dt.datetime
    ) -> AsyncIterator[tuple[list[_Message], bool]]:
        """Pages, and whether a page is the last: one that is not full."""
        bounds = {"datefrom": _written(since), "dateto": _written(now + _AHEAD), "format": "json"}
        number, before = 1, set[int]()
        while True:
            paging = {"page": str(number), "pagesize": str(self._page_size)}
            nodes = await self._page({**bounds, **paging})
            messages = {message.id: message for message in map(_message, nodes)}
            is_last = len(nodes) < self._page_size
            if messages.keys() <= before and not is_last:
                raise FieldUnusable("the page", "says again what the page before it said")
            yield list(messages.values()), is_last
            if is_last:
                return
            number, before = number + 1, set(messages)

    async def _page(self, params: dict[str, str]) -> list[Node]:
        answer = await self._caller.call("GET", "", params=params)
        if answer.status >= 400:
            text = "the register refused to give messages"
            raise Refused(text, code=str(answer.status), status=answer.status)
        body = Node(answer.json())
        if not isinstance(body.value, list):
            raise body.unusable("is no list of messages")
        return list(body.items())


def _message(node: Node) -> _Message:
    return _Message(node.get("Id").number(), node.get("Timestamp").required(reading.moment), node)


def _changes(message: _Message) -> Iterator[ChangeEvent]:
    """What a message says of units. One that cannot be read is told and left out: it must not hold up all that follow."""
    try:
        yield from list(_objects(message))
    except FieldUnusable as problem:
        log.warning("message of the register left out", message_id=message.id, field=problem.path)


def _objects(message: _Message) -> Iterator[ChangeEvent]:
    besked = message.node.get("Message").get("Grunddatabesked").get("Hændelsesbesked")
    filtering = besked.get("Beskedkuvert").get("Filtreringsdata")
    kind = filtering.get("beskedtype").text()
    for node in (*filtering.get("Objektregistrering").items(), *filtering.get("RelateretObjekt").items()):
        object_id = node.get("objektID").text()
        if _UNIT_ID.fullmatch(object_id):
            about = node.get("objekttype").text() or kind
            yield ChangeEvent(object_id, about, node.get("objekthandling").text() or kind, message.stored_at)


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _read_position(position: str) -> _Position:
    facts = decoded(Provider.DATAFORDELER_REST, position)
    try:
        last_id = facts.get("id")
        return _Position(
            facts.get("stored_at").required(reading.moment),
            None if last_id.is_empty else last_id.number(),
            tuple(_run(run) for run in facts.get("recent").items()),
        )
    except RegisterError as problem:
        raise PositionUnusable(str(problem)) from None


def _run(node: Node) -> range:
    bounds = [each.number() for each in node.items()]
    if len(bounds) != 2:
        raise node.unusable("is no run of ids")
    return range(*bounds)
