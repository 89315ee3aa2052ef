"""What a service says to the bus and what the bus says to its handlers; the adapters are behind it.

A handler gets the event and a connection in a transaction of the event's own. It returns, or raises one of these; any
other exception counts as ``Retry``. Only the bus acknowledges, and only after the transaction is over:

    Exception
    ├── Retry  again later, up to the consumer's number of attempts
    └── Park   never again by itself: to the dead letters
"""

import dataclasses
import datetime as dt
import enum
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias

from registerbro.database import Connection
from registerbro.events import Event

Handler: TypeAlias = Callable[[Event, Connection], Awaitable[None]]

RETRY_DELAYS = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
)
NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")


class Retry(Exception):
    """The event cannot be handled now; ``after`` is the least time to wait, or the next delay of the schedule."""

    def __init__(self, after: dt.timedelta | None, reason: str) -> None:
        super().__init__(reason)
        self.after = after
        self.reason = reason


class Park(Exception):
    """The event cannot be handled, now or later; ``reason`` is a constant text without personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Consumer:
    """One subscriber: its events, its handler, and how patient it is.

    ``patterns`` are AMQP topics: words between dots, ``*`` for one word, ``#`` for any number.
    """

    name: str  # as cpr-direct.subscriptions; names the queue, and the inbox's rows for ever
    patterns: tuple[str, ...]
    handler: Handler
    prefetch: int = 10  # events in hand at once, each with a connection of the pool
    time_limit: dt.timedelta = dt.timedelta(minutes=5)  # of one attempt; below RabbitMQ's own 30 minutes
    retry_delays: tuple[dt.timedelta, ...] = RETRY_DELAYS
    crash_limit: int = 10  # deliveries that came back without any answer; one more, and it is given up

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or not self.patterns or not self.retry_delays:
            raise ValueError(
                f"consumer {self.name!r} needs a dotted lower-case name, patterns and retry delays"
            )
        if list(self.retry_delays) != sorted(set(self.retry_delays)):
            raise ValueError(f"consumer {self.name!r} needs rising retry delays")

    @property
    def attempts(self) -> int:
        """How often an event is tried before it becomes a dead letter."""
        return len(self.retry_delays) + 1

    def delay(self, attempt: int, after: dt.timedelta | None) -> dt.timedelta:
        """The delay after attempt 1, 2, ...: the schedule's, or the first one that is not shorter than ``after``."""
        if after is None:
            return self.retry_delays[min(attempt, len(self.retry_delays)) - 1]
        return next((delay for delay in self.retry_delays if delay >= after), self.retry_delays[-1])

    def wants(self, routing_key: str) -> bool:
        """Whether a pattern of the consumer takes the routing key."""
        return any(matches(pattern, routing_key) for pattern in self.patterns)


def matches(pattern: str, routing_key: str) -> bool:
    """Whether an AMQP topic pattern takes a routing key."""
    return _words_match(pattern.split("."), routing_key.split("."))


def _words_match(pattern: Sequence[str], words: Sequence[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_words_match(pattern[1:], words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _words_match(pattern[1:], words[1:])


@dataclasses.dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that leaves the outbox."""

    event_day: dt.date
    event_id: uuid.UUID
    type: str
    routing_key: str
    body: str
    created_at: dt.datetime


class Passage(enum.Enum):
    """What became of an outgoing event."""

    ROUTED = enum.auto()
    UNROUTED = enum.auto()  # taken over, and nobody listens
    FAILED = enum.auto()  # not confirmed: it stays in the outbox


@dataclasses.dataclass(frozen=True, slots=True)
class BusHealth:
    """What keeps the bus from working, in constant texts; nothing when it works."""

    problems: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether events can leave and every consumer is really registered."""
        return not self.problems


class Bus(Protocol):
    """Carries events from the outbox to the consumers it was made with; works within its ``async with`` block."""

    async def forward(self, connection: Connection, events: Sequence[Outgoing]) -> Sequence[Passage]:
        """Takes the events over, within the relay's transaction; one answer for each, in order."""
        ...

    async def check(self) -> BusHealth:
        """Asks the transport itself whether it works."""
        ...
