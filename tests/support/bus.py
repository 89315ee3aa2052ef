"""A bus for tests, on either adapter, and handlers that leave effects to be counted."""

import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from registerbro.bus.in_process import InProcessBus
from registerbro.bus.port import Bus, Consumer, Handler, Outgoing
from registerbro.bus.rabbitmq import RabbitBus
from registerbro.bus.relay import relaying
from registerbro.database import Connection, Pool
from registerbro.events import ContactUpdated, Event, parse_event
from yarl import URL

from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

QUICK = dt.timedelta(milliseconds=50)
DELAYS = (dt.timedelta(milliseconds=100), dt.timedelta(milliseconds=200), dt.timedelta(milliseconds=300))


@dataclasses.dataclass(frozen=True)
class Transport:
    """An adapter, ready to be made into a bus."""

    kind: str
    url: str = ""

    def bus(
        self, pool: Pool, *consumers: Consumer, drain: dt.timedelta = dt.timedelta(seconds=10)
    ) -> AbstractAsyncContextManager[Bus]:
        """A bus as a service makes it, with quick polls."""
        if self.kind == "rabbitmq":
            return RabbitBus(self.url, pool, consumers, drain=drain, reconnect=QUICK)
        return InProcessBus(pool, consumers, drain=drain, poll=QUICK, lease_margin=QUICK)

    @contextlib.asynccontextmanager
    async def running(
        self, pool: Pool, *consumers: Consumer, drain: dt.timedelta = dt.timedelta(seconds=10)
    ) -> AsyncIterator[Bus]:
        """A bus whose consumers are registered, and a relay."""
        async with self.bus(pool, *consumers, drain=drain) as bus:
            await until_healthy(bus)
            async with relaying(pool, bus, poll=QUICK, pause=QUICK):
                yield bus


async def until_healthy(bus: Bus) -> None:
    """Returns when the bus says that it works."""

    async def is_healthy() -> bool:
        return (await bus.check()).is_healthy

    await until(is_healthy)


def consumer(
    handler: Handler,
    *,
    name: str = "test.contacts",
    patterns: tuple[str, ...] = ("contact.*",),
    prefetch: int = 5,
) -> Consumer:
    """A consumer that does not keep a test waiting."""
    return Consumer(name, patterns, handler, prefetch=prefetch, retry_delays=DELAYS)


def leaves_effect(name: str = "test.contacts") -> Handler:
    """A handler that writes down that it handled an event."""

    async def handler(event: Event, connection: Connection) -> None:
        await leave_effect(connection, event, name)

    return handler


async def leave_effect(connection: Connection, event: Event, name: str = "test.contacts") -> None:
    """What a handler does, in its transaction."""
    await connection.execute("insert into effect values ($1, $2)", name, event.id)


async def effects(pool: Pool, name: str = "test.contacts") -> list[uuid.UUID]:
    """The events that were handled, as often as they were."""
    rows = await pool.fetch("select event_id from effect where consumer = $1", name)
    return [row["event_id"] for row in rows]


def has_effects(pool: Pool, *events: Event, name: str = "test.contacts") -> Callable[[], Awaitable[bool]]:
    """A condition: all of these were handled."""

    async def condition() -> bool:
        return set(await effects(pool, name)) >= {event.id for event in events}

    return condition


async def deliver(bus: Bus, pool: Pool, *bodies: str) -> None:
    """Hands messages to the bus as a relay does, whatever is in them, however often."""
    async with pool.acquire() as connection, connection.transaction():
        await bus.forward(connection, [_outgoing(body) for body in bodies])


def _outgoing(body: str) -> Outgoing:
    try:
        event = parse_event(body.encode())
    except Exception:
        event = some_event()
    return Outgoing(event.day, event.id, event.type, event.routing_key, body, event.time)


def some_event() -> Event:
    """An event that says nothing in particular."""
    return Event(ContactUpdated(contact_id=1, version=2, groups=("name1",)))


def some_events(count: int) -> Sequence[Event]:
    """Several of them."""
    return [some_event() for _ in range(count)]


def through(proxy: TcpProxy, url: str) -> str:
    """The broker's URL, by way of a proxy."""
    return str(URL(url).with_host(proxy.host).with_port(proxy.port))
