"""One consumer on RabbitMQ: takes deliveries, has them handled, and settles each with the broker.

Nothing is acknowledged before its outcome is safe elsewhere: committed, confirmed in a retry queue, or committed as a
dead letter. Where none of these succeeds the message goes back, and the broker's delivery limit ends that.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import assert_never

import structlog
import tenacity
from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractQueue,
    AbstractRobustChannel,
    AbstractRobustConnection,
)

from registerbro.bus import amqp, dead_letters, topology
from registerbro.bus.handling import Again, Dead, Done, Incoming, handle
from registerbro.bus.port import Consumer, Passage
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.database import Pool

log = structlog.get_logger()

DRAIN_PREFETCH = 20
BROKER_GAVE_UP = "given up by the broker"


class Lane:
    """A consumer's queue and its dead-letter queue, while they are consumed."""

    def __init__(self, pool: Pool, consumer: Consumer) -> None:
        self._pool = pool
        self._consumer = consumer
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel: AbstractRobustChannel
        self._registered: list[tuple[AbstractRobustChannel, AbstractQueue, str]] = []

    async def open(self, connection: AbstractRobustConnection) -> None:
        """Declares the queues and registers for both; after a lost connection aio-pika does the same again."""
        self._channel = await self._open_channel(connection, self._consumer.prefetch)
        queues = await topology.declare(self._channel, topology.topology([self._consumer]))
        drain = await self._open_channel(connection, DRAIN_PREFETCH)
        dead = await drain.declare_queue(
            topology.dead_queue(self._consumer),
            durable=True,
            arguments=dict(queues[topology.dead_queue(self._consumer)].arguments or {}),
        )
        await self._register(drain, dead, self._drain)
        await self._register(self._channel, queues[self._consumer.name], self._serve)

    async def _open_channel(
        self, connection: AbstractRobustConnection, prefetch: int
    ) -> AbstractRobustChannel:
        channel = connection.channel(on_return_raises=True)
        await channel.initialize()
        await channel.set_qos(prefetch)
        return channel

    async def _register(
        self,
        channel: AbstractRobustChannel,
        queue: AbstractQueue,
        serve: Callable[[AbstractIncomingMessage], Coroutine[None, None, None]],
    ) -> None:
        async def receive(message: AbstractIncomingMessage) -> None:
            # A task of our own: aiormq would cancel its callbacks with the channel, in the midst of a transaction.
            task = asyncio.create_task(serve(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._registered.append((channel, queue, await queue.consume(receive)))

    async def unregistered(self) -> list[str]:
        """The queues this lane ought to consume and does not."""
        missing = []
        for channel, queue, tag in self._registered:
            consumers = getattr(await channel.get_underlay_channel(), "consumers", {})
            if tag not in consumers:
                missing.append(queue.name)
        return missing

    @property
    def queue_names(self) -> list[str]:
        """The queues this lane consumes."""
        return [queue.name for _, queue, _ in self._registered]

    async def close(self, deadline: dt.timedelta) -> None:
        """Takes nothing new, lets what is in hand finish until the deadline, and leaves the rest to the broker."""
        for _, queue, tag in self._registered:
            with contextlib.suppress(*amqp.TRANSPORT_ERRORS):
                await queue.cancel(tag, timeout=deadline.total_seconds())
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline.total_seconds())
        unfinished = list(self._tasks)
        await stop(unfinished)
        if unfinished:
            log.warning("events were left unfinished", consumer=self._consumer.name, events=len(unfinished))

    async def _serve(self, message: AbstractIncomingMessage) -> None:
        try:
            is_safe = await self._outcome_is_safe(amqp.incoming(message))
        except Exception as error:
            log.error("delivery failed", consumer=self._consumer.name, error=type(error).__name__)
            is_safe = False
        await self._settle(message, is_safe=is_safe)

    async def _outcome_is_safe(self, incoming: Incoming) -> bool:
        verdict = await handle(self._pool, self._consumer, incoming)
        match verdict:
            case Done():
                return True
            case Again():
                return await self._delay(incoming, verdict)
            case Dead():
                return await self._bury(incoming, verdict.reason)
            case _:
                assert_never(verdict)

    async def _delay(self, incoming: Incoming, again: Again) -> bool:
        message = amqp.consumer_message(Incoming(incoming.routing_key, incoming.body, again.attempt))
        queue = topology.retry_queue(self._consumer, again.delay)
        return await amqp.publish(self._channel.default_exchange, message, queue) is Passage.ROUTED

    async def _bury(self, incoming: Incoming, reason: str) -> bool:
        try:
            await self._store(incoming, reason)
        except DATABASE_ERRORS:
            return await self._delay(incoming, Again(self._consumer.retry_delays[-1], incoming.attempt))
        return True

    async def _store(self, incoming: Incoming, reason: str) -> None:
        async with self._pool.acquire() as connection:
            await dead_letters.store(
                connection,
                consumer=self._consumer.name,
                routing_key=incoming.routing_key,
                body=incoming.body,
                reason=reason,
                attempts=incoming.attempt,
            )

    async def _drain(self, message: AbstractIncomingMessage) -> None:
        deaths = message.headers.get("x-death")
        cause = (
            deaths[0].get("reason")
            if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict)
            else None
        )
        patiently = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(DATABASE_ERRORS), wait=tenacity.wait_exponential(max=60)
        )
        reason = f"{BROKER_GAVE_UP}: {cause if isinstance(cause, str) else 'unknown'}"
        await patiently(self._store, amqp.incoming(message), reason)
        await self._settle(message, is_safe=True)

    async def _settle(self, message: AbstractIncomingMessage, *, is_safe: bool) -> None:
        try:
            if is_safe:
                await message.ack()
            else:
                await message.nack(requeue=True)
        except amqp.TRANSPORT_ERRORS as error:  # it comes again, and the inbox knows it
            log.info("delivery was not settled", consumer=self._consumer.name, error=type(error).__name__)
