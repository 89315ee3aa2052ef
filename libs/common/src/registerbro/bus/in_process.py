"""The bus without a broker, for local mode: what RabbitMQ does with queues, this does with rows of ``delivery``.

The relay's transaction turns an event into a delivery for every bound consumer that wants it, whichever bus or process it
belongs to (``bindings``). Workers lease what is due for their own bus's consumers; a lease that runs out means that a worker
died, and counts like a broker's delivery limit. Handlers, retry delays and dead letters are the same as on RabbitMQ.
"""

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, assert_never

import structlog

from registerbro.bus import bindings, dead_letters
from registerbro.bus.handling import Again, Dead, Done, Incoming, handle
from registerbro.bus.port import BusHealth, Consumer, Outgoing, Passage
from registerbro.bus.statements import SQL
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import DATABASE_ERRORS, Wakeup, listening
from registerbro.database import Connection, Pool

log = structlog.get_logger()

DRAIN = dt.timedelta(seconds=25)
POLL = dt.timedelta(seconds=1)
LEASE_MARGIN = dt.timedelta(seconds=30)  # beyond the consumer's own time limit
CHANNEL = "registerbro_delivery"
DELIVERY_LIMIT = "given up: delivered without any answer too often"


class InProcessBus:
    """Carries events to all bound consumers and has its own ones handle them, within its ``async with`` block."""

    def __init__(
        self,
        pool: Pool,
        consumers: Sequence[Consumer] = (),
        *,
        drain: dt.timedelta = DRAIN,
        poll: dt.timedelta = POLL,
        lease_margin: dt.timedelta = LEASE_MARGIN,
    ) -> None:
        self._pool = pool
        self._consumers = consumers
        self._drain = drain
        self._lease_margin = lease_margin
        self._wakeups = {consumer.name: Wakeup(CHANNEL, poll) for consumer in consumers}
        self._replays = Wakeup(dead_letters.REPLAY_CHANNEL, poll)
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._in_hand: dict[str, set[asyncio.Task[None]]] = {consumer.name: set() for consumer in consumers}
        self._listening = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "InProcessBus":
        if self._consumers:
            async with self._pool.acquire() as connection:
                await bindings.bind(connection, self._consumers)
            await self._listening.enter_async_context(
                listening(self._pool, self._replays, *self._wakeups.values())
            )
            self._workers["replay"] = asyncio.create_task(self._replay())
        for consumer in self._consumers:
            self._workers[consumer.name] = asyncio.create_task(self._work(consumer))
        return self

    async def __aexit__(self, *_: object) -> None:
        await stop(self._workers.values())
        in_hand = set().union(*self._in_hand.values())
        if in_hand:
            await asyncio.wait(in_hand, timeout=self._drain.total_seconds())
        await stop(set().union(*self._in_hand.values()))
        await self._listening.aclose()

    async def forward(self, connection: Connection, events: Sequence[Outgoing]) -> Sequence[Passage]:
        """Makes a delivery for each bound consumer that wants the event, in the relay's transaction.

        The bindings are read each time: another bus may have bound since, and its events must not pass it by.
        """
        bound = await bindings.bindings(connection)
        takers = {
            key: [each.consumer for each in bound if each.wants(key)]
            for key in {event.routing_key for event in events}
        }
        await _add(
            connection,
            [
                (name, event.event_id, event.event_day, event.routing_key, event.body.encode())
                for event in events
                for name in takers[event.routing_key]
            ],
        )
        return [Passage.ROUTED if takers[event.routing_key] else Passage.UNROUTED for event in events]

    async def check(self) -> BusHealth:
        """Whether every worker is still at work, and every consumer bound."""
        idle = [f"{name} does not work" for name, worker in self._workers.items() if worker.done()]
        return BusHealth((*idle, *await self._unbound()))

    async def _unbound(self) -> list[str]:
        if not self._consumers:
            return []
        try:
            async with self._pool.acquire() as connection:
                bound = {each.consumer for each in await bindings.bindings(connection)}
        except DATABASE_ERRORS:
            return ["the store cannot be reached"]
        return [f"{each.name} is not bound" for each in self._consumers if each.name not in bound]

    async def _work(self, consumer: Consumer) -> None:
        in_hand = self._in_hand[consumer.name]
        while True:
            if len(in_hand) >= consumer.prefetch:
                await asyncio.wait(in_hand, return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                rows = await self._claim(consumer, consumer.prefetch - len(in_hand))
                rest = None if rows else await SQL.next_due(self._pool, consumer=consumer.name)
            except Exception as error:
                log.warning("cannot take deliveries", consumer=consumer.name, error=type(error).__name__)
                rows, rest = [], None
            for row in rows:
                task = asyncio.create_task(self._serve(consumer, row))
                in_hand.add(task)
                task.add_done_callback(in_hand.discard)
            if not rows:
                await self._wakeups[consumer.name].wait(rest)

    async def _claim(self, consumer: Consumer, batch: int) -> list[Any]:
        lease = consumer.time_limit + self._lease_margin
        claimed = SQL.claim_due(self._pool, consumer=consumer.name, lease=lease, batch=batch)
        return [row async for row in claimed]

    async def _serve(self, consumer: Consumer, row: Any) -> None:
        incoming = Incoming(row["routing_key"], row["body"], row["attempt"])
        key = {"consumer": consumer.name, "event_id": row["event_id"]}
        try:
            if row["claims"] - 1 > consumer.crash_limit:  # so many workers died over it
                await self._bury(key, incoming, DELIVERY_LIMIT)
                return
            verdict = await handle(self._pool, consumer, incoming)
            match verdict:
                case Done():
                    await SQL.remove_delivery(self._pool, **key)
                case Again():
                    await SQL.delay_delivery(self._pool, **key, attempt=verdict.attempt, delay=verdict.delay)
                case Dead():
                    await self._bury(key, incoming, verdict.reason)
                case _:
                    assert_never(verdict)
        except asyncio.CancelledError:
            await asyncio.shield(SQL.release_delivery(self._pool, **key))
            raise
        except Exception as error:  # the lease runs out and it comes again
            log.warning("delivery was not settled", consumer=consumer.name, error=type(error).__name__)

    async def _bury(self, key: dict[str, Any], incoming: Incoming, reason: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await dead_letters.store(
                connection,
                consumer=key["consumer"],
                routing_key=incoming.routing_key,
                body=incoming.body,
                reason=reason,
                attempts=incoming.attempt,
            )
            await SQL.remove_delivery(connection, **key)

    async def _replay(self) -> None:
        names = [consumer.name for consumer in self._consumers]
        while True:
            try:
                replayed = await dead_letters.replay_once(self._pool, names, _redeliver)
            except Exception as error:
                log.warning("replaying failed", error=type(error).__name__)
                replayed = 0
            if not replayed:
                await self._replays.wait()


async def _redeliver(connection: Connection, replays: Sequence[dead_letters.Replay]) -> None:
    await _add(
        connection,
        [
            (
                replay.consumer,
                replay.event_id or uuid.uuid5(uuid.NAMESPACE_OID, replay.body.hex()),
                replay.event_day or dt.datetime.now(dt.UTC).date(),
                replay.routing_key,
                replay.body,
            )
            for replay in replays
        ],
    )


async def _add(
    connection: Connection, deliveries: Sequence[tuple[str, uuid.UUID, dt.date, str, bytes]]
) -> None:
    if deliveries:
        names = ("consumers", "ids", "days", "routing_keys", "bodies")
        await SQL.add_deliveries(
            connection, **dict(zip(names, map(list, zip(*deliveries, strict=True)), strict=True))
        )
