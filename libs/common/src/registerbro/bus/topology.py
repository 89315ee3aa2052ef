"""What stands on the broker, as values: one exchange for all events, and for every consumer its queues.

    registerbro (topic) ──pattern──▶ <consumer> (quorum) ──more than crash_limit deliveries──▶ registerbro.dead (direct)
                                       ▲       │                                                   │
                                       │       └─confirmed republish─▶ <consumer>.retry.5s …       ▼
                                       └────────────when the time is up────────┘             <consumer>.dead

All queues are quorum queues, and all dead-lettering is at least once: that needs ``x-overflow=reject-publish``, and
RabbitMQ 3.10 or newer. A quorum queue's own delivery limit is set everywhere, because RabbitMQ 4 has one by default.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue

from registerbro.bus.port import Consumer

EVENTS = "registerbro"
DEAD = "registerbro.dead"
NO_LIMIT = 1_000_000  # deliveries; "unlimited" is spelled differently by RabbitMQ 3 and 4
TIMEOUT = dt.timedelta(seconds=10)

_AT_LEAST_ONCE: Mapping[str, str | int] = {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: aio_pika.ExchangeType

    def __str__(self) -> str:
        return f"exchange {self.name} ({self.kind.value}, durable)"


@dataclasses.dataclass(frozen=True, slots=True)
class Binding:
    """What an exchange passes on to the queue it belongs to."""

    exchange: Exchange
    routing_key: str


@dataclasses.dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue with its bindings."""

    name: str
    arguments: Mapping[str, str | int]
    bindings: tuple[Binding, ...] = ()

    def __str__(self) -> str:
        lines = [f"queue {self.name}"]
        lines += [f"  {name} = {value}" for name, value in sorted(self.arguments.items())]
        lines += [f"  from {binding.exchange.name}: {binding.routing_key}" for binding in self.bindings]
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True, slots=True)
class Topology:
    """Everything that a set of consumers needs."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]


EVENT_EXCHANGE = Exchange(EVENTS, aio_pika.ExchangeType.TOPIC)
DEAD_EXCHANGE = Exchange(DEAD, aio_pika.ExchangeType.DIRECT)


def topology(consumers: Iterable[Consumer]) -> Topology:
    """What the consumers need; without any, the exchanges that publishing needs."""
    queues = tuple(queue for consumer in consumers for queue in _queues(consumer))
    return Topology((EVENT_EXCHANGE, DEAD_EXCHANGE), queues)


def retry_queue(consumer: Consumer, delay: dt.timedelta) -> str:
    """The name of the queue in which a consumer's events wait for so long."""
    return f"{consumer.name}.retry.{_short(delay)}"


def dead_queue(consumer: Consumer) -> str:
    """The name of the queue where the broker puts what it gave up."""
    return f"{consumer.name}.dead"


def _queues(consumer: Consumer) -> Iterable[Queue]:
    yield Queue(
        dead_queue(consumer),
        {"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT},
        (Binding(DEAD_EXCHANGE, consumer.name),),
    )
    for delay in consumer.retry_delays:
        yield Queue(
            retry_queue(consumer, delay),
            {
                "x-queue-type": "quorum",
                "x-delivery-limit": NO_LIMIT,
                "x-message-ttl": round(delay.total_seconds() * 1000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": consumer.name,
                **_AT_LEAST_ONCE,
            },
        )
    yield Queue(
        consumer.name,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": consumer.crash_limit,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": consumer.name,
            **_AT_LEAST_ONCE,
        },
        tuple(Binding(EVENT_EXCHANGE, pattern) for pattern in consumer.patterns),
    )


def _short(delay: dt.timedelta) -> str:
    milliseconds = round(delay.total_seconds() * 1000)
    for unit, size in (("h", 3_600_000), ("min", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


async def declare(channel: AbstractChannel, wanted: Topology) -> Mapping[str, AbstractQueue]:
    """Makes what is not there yet; returns the queues by name.

    Raises ``aio_pika.exceptions.ChannelPreconditionFailed`` where something of that name is there, but different.
    """
    exchanges = {
        exchange.name: await channel.declare_exchange(exchange.name, exchange.kind, durable=True)
        for exchange in wanted.exchanges
    }
    queues = {}
    for queue in wanted.queues:
        declared = await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
        for binding in queue.bindings:
            await declared.bind(exchanges[binding.exchange.name], binding.routing_key)
        queues[queue.name] = declared
    return queues


def describe(wanted: Topology) -> str:
    """The topology as text, a line a fact."""
    return "\n".join(str(thing) for thing in (*wanted.exchanges, *wanted.queues))


async def difference(url: str, wanted: Topology) -> Sequence[str]:
    """What the broker lacks or has differently, a line each; changes nothing there.

    AMQP tells whether an exchange or a queue exists and whether its arguments are these; bindings it does not tell.
    """
    connection = await aio_pika.connect(url, timeout=TIMEOUT.total_seconds())
    async with connection:
        things: list[Exchange | Queue] = [*wanted.exchanges, *wanted.queues]
        found = [await _difference(connection, thing) for thing in things]
    return [line for line in found if line is not None]


async def _difference(connection: aio_pika.abc.AbstractConnection, thing: Exchange | Queue) -> str | None:
    label = f"{type(thing).__name__.lower()} {thing.name}"
    try:
        await _look(connection, thing, passive=True)
        await _look(connection, thing, passive=False)
    except aio_pika.exceptions.ChannelNotFoundEntity:
        return f"missing: {label}"
    except aio_pika.exceptions.ChannelPreconditionFailed as error:
        return f"different: {label}: {error}"
    return None


async def _look(
    connection: aio_pika.abc.AbstractConnection, thing: Exchange | Queue, *, passive: bool
) -> None:
    """Declares on a channel of its own, because a refusal closes it."""
    async with connection.channel() as channel:
        match thing:
            case Exchange():
                await channel.declare_exchange(thing.name, thing.kind, durable=True, passive=passive)
            case Queue():
                await channel.declare_queue(
                    thing.name, durable=True, passive=passive, arguments=dict(thing.arguments)
                )
