"""A subscriber and a publisher on the bus that nobody of ours wrote a library for: what other systems do."""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aio_pika

EXCHANGE = "registerbro"


class Listener:
    """A queue of its own, bound to everything."""

    def __init__(self) -> None:
        self.messages: list[aio_pika.abc.AbstractIncomingMessage] = []

    async def hear(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        """Keeps a message."""
        self.messages.append(message)

    def types(self) -> list[str]:
        """The types of all events, in the order in which they came."""
        return [json.loads(message.body)["type"] for message in self.messages]

    def data(self, event_type: str) -> list[dict[str, Any]]:
        """What the events of a type say."""
        events = [json.loads(message.body) for message in self.messages]
        return [event["data"] for event in events if event["type"] == event_type]


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[Listener]:
    """Hears everything for as long as the block lasts."""
    listener = Listener()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(EXCHANGE, "#")
        await queue.consume(listener.hear, no_ack=True)
        yield listener


async def publish(url: str, name: str, time: str, **data: object) -> None:
    """Sends an event as a case-management system does; ``name`` is the routing key, ``time`` in RFC 3339."""
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/journal",
        "type": f"dk.registerbro.{name}.v1",
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
    message = aio_pika.Message(
        json.dumps(event).encode(),
        content_type="application/cloudevents+json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange(EXCHANGE)
        await exchange.publish(message, routing_key=name, mandatory=True)
