"""The bus on RabbitMQ, by aio-pika: connects and reconnects by itself, and says when it could not.

Starting does not wait for the broker: a service starts without it, is not ready, and becomes so. Events wait in the
outbox in the meantime.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Sequence

import aio_pika
import structlog
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from yarl import URL

from registerbro.bus import amqp, dead_letters, topology
from registerbro.bus.handling import Incoming
from registerbro.bus.lane import Lane
from registerbro.bus.port import BusHealth, Consumer, Outgoing, Passage
from registerbro.bus.publishing import publish_events
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import Wakeup, listening
from registerbro.database import Connection, Pool

log = structlog.get_logger()

DRAIN = dt.timedelta(seconds=25)
RECONNECT = dt.timedelta(seconds=2)
HEARTBEAT = dt.timedelta(seconds=20)
REPLAY_POLL = dt.timedelta(seconds=5)
CHECK_TIMEOUT = dt.timedelta(seconds=5)
CONNECTING = "not connected to RabbitMQ"


class NotDelivered(Exception):
    """The broker did not confirm a message."""


class RabbitBus:
    """Publishes events, and feeds consumers from their queues, within its ``async with`` block."""

    def __init__(
        self,
        url: str,
        pool: Pool,
        consumers: Sequence[Consumer] = (),
        *,
        name: str = amqp.APP_ID,
        drain: dt.timedelta = DRAIN,
        reconnect: dt.timedelta = RECONNECT,
        heartbeat: dt.timedelta = HEARTBEAT,
    ) -> None:
        self._url = URL(url).update_query(
            reconnect_interval=reconnect.total_seconds(), heartbeat=round(heartbeat.total_seconds())
        )
        self._pool = pool
        self._consumers = consumers
        self._name = name
        self._drain = drain
        self._reconnect = reconnect
        self._problem = CONNECTING
        self._connection: AbstractRobustConnection | None = None
        self._publisher: AbstractRobustChannel | None = None
        self._lanes: list[Lane] = []
        self._background: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "RabbitBus":
        self._background = [asyncio.create_task(self._open())]
        if self._consumers:
            self._background.append(asyncio.create_task(self._replay()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await stop(self._background)
        await asyncio.gather(*(lane.close(self._drain) for lane in self._lanes))
        await self._disconnect()

    async def forward(self, connection: Connection, events: Sequence[Outgoing]) -> Sequence[Passage]:
        """Publishes all of them at once and waits for every confirmation."""
        if self._publisher is None:
            return [Passage.FAILED] * len(events)
        return await publish_events(self._publisher, topology.EVENTS, events)

    async def check(self) -> BusHealth:
        """Asks the broker whether our queues are there and consumed, and ourselves whether it is us who do."""
        connection = self._connection
        if self._publisher is None or connection is None:
            return BusHealth((self._problem,))
        try:
            async with asyncio.timeout(CHECK_TIMEOUT.total_seconds()):
                return BusHealth(
                    tuple([problem for lane in self._lanes for problem in await self._look(connection, lane)])
                )
        except (*amqp.TRANSPORT_ERRORS, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            return BusHealth((CONNECTING,))

    async def _look(self, connection: AbstractRobustConnection, lane: Lane) -> list[str]:
        problems = [f"not registered as a consumer of {queue}" for queue in await lane.unregistered()]
        async with connection.channel() as channel:
            for name in lane.queue_names:
                queue = await channel.declare_queue(name, passive=True)
                if not queue.declaration_result.consumer_count:
                    problems.append(f"nobody consumes {name}")
        return problems

    async def _open(self) -> None:
        while True:
            try:
                await self._connect()
            except amqp.TRANSPORT_ERRORS as error:
                self._problem = f"{CONNECTING}: {type(error).__name__}"
                log.warning("cannot use RabbitMQ", error=type(error).__name__)
                await self._disconnect()
                await asyncio.sleep(self._reconnect.total_seconds())
            else:
                log.info("RabbitMQ is ready", consumers=[consumer.name for consumer in self._consumers])
                return

    async def _connect(self) -> None:
        self._connection = connection = await aio_pika.connect_robust(
            self._url, timeout=amqp.TIMEOUT.total_seconds(), client_properties={"connection_name": self._name}
        )
        publisher = connection.channel(on_return_raises=True)
        await publisher.initialize()
        await topology.declare(publisher, topology.topology(()))
        for consumer in self._consumers:
            lane = Lane(self._pool, consumer)
            self._lanes.append(lane)
            await lane.open(connection)
        self._publisher = publisher

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._publisher = None
        self._lanes = []
        if connection is not None:
            with contextlib.suppress(*amqp.TRANSPORT_ERRORS):
                await connection.close()

    async def _replay(self) -> None:
        names = [consumer.name for consumer in self._consumers]
        wakeup = Wakeup(dead_letters.REPLAY_CHANNEL, REPLAY_POLL)
        async with listening(self._pool, wakeup):
            while True:
                try:
                    replayed = await dead_letters.replay_once(self._pool, names, self._deliver)
                except Exception as error:
                    log.warning("replaying failed", error=type(error).__name__)
                    replayed = 0
                if not replayed:
                    await wakeup.wait()

    async def _deliver(self, connection: Connection, replays: Sequence[dead_letters.Replay]) -> None:
        if self._publisher is None:
            raise NotDelivered(CONNECTING)
        for replay in replays:
            message = amqp.consumer_message(Incoming(replay.routing_key, replay.body, attempt=1))
            if (
                await amqp.publish(self._publisher.default_exchange, message, replay.consumer)
                is not Passage.ROUTED
            ):
                raise NotDelivered(replay.consumer)
