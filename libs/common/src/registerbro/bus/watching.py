"""Listening in on the broker: every event from now on, on a queue that goes with its connection."""

from collections.abc import AsyncGenerator

import aio_pika

from registerbro.bus.topology import EVENTS


async def watch(url: str, pattern: str = "#") -> AsyncGenerator[str, None]:
    """The events whose routing keys fit an AMQP topic pattern, as the JSON they travel as, until the caller stops.

    Takes nothing away from anybody: each consumer has a queue of its own.
    """
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(EVENTS)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, pattern)
        async with queue.iterator() as messages:
            async for message in messages:
                await message.ack()
                yield message.body.decode()
