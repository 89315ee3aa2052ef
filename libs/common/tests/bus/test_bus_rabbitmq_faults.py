"""What a network and a broker do to a connection, and that the bus comes back to work, really."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest
from registerbro.bus import dead_letters, handling, outbox, topology
from registerbro.bus.port import Bus, Park, Retry
from registerbro.bus.rabbitmq import HEARTBEAT, RabbitBus
from registerbro.bus.relay import relaying
from registerbro.database import Connection, Pool
from registerbro.events import Event

from tests.support.bus import (
    DELAYS,
    QUICK,
    consumer,
    effects,
    has_effects,
    leave_effect,
    leaves_effect,
    some_event,
    through,
    until_healthy,
)
from tests.support.rabbitmq import Broker
from tests.support.tcp_proxy import TcpProxy
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("rabbitmq")


async def send(pool: Pool) -> Event:
    event = some_event()
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, [event])
    return event


async def is_unhealthy(bus: Bus) -> bool:
    return not (await bus.check()).is_healthy


@contextlib.asynccontextmanager
async def service(url: str, pool: Pool, heartbeat: dt.timedelta = HEARTBEAT) -> AsyncIterator[RabbitBus]:
    """A bus with one consumer that leaves effects, and a relay."""
    bus = RabbitBus(url, pool, [consumer(leaves_effect())], reconnect=QUICK, heartbeat=heartbeat)
    async with bus, relaying(pool, bus, poll=QUICK, pause=QUICK):
        yield bus


async def test_after_a_cut_connection_the_consumers_are_registered_again(
    proxy: TcpProxy, rabbitmq_url: str, store: Pool
) -> None:
    async with service(through(proxy, rabbitmq_url), store) as bus:
        await until_healthy(bus)
        for _ in range(3):
            connections = proxy.connections
            proxy.cut()

            async def reconnected(connections: int = connections) -> bool:
                return proxy.connections > connections

            await until(reconnected)
            event = await send(store)
            await until(has_effects(store, event))
        await until_healthy(bus)


async def test_a_connection_cut_in_the_midst_of_a_handler_has_no_second_effect(
    proxy: TcpProxy, rabbitmq_url: str, store: Pool
) -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(event: Event, connection: Connection) -> None:
        await leave_effect(connection, event)
        started.set()
        await finish.wait()

    bus = RabbitBus(through(proxy, rabbitmq_url), store, [consumer(slow)], reconnect=QUICK)
    async with bus, relaying(store, bus, poll=QUICK, pause=QUICK):
        event = await send(store)
        await asyncio.wait_for(started.wait(), 30)
        proxy.cut()
        await until_healthy(
            bus
        )  # the event is delivered once more, while the first delivery is still being handled
        finish.set()
        last = await send(store)
        await until(has_effects(store, event, last))
    assert sorted(await effects(store)) == sorted([event.id, last.id])


async def test_a_broker_that_restarts(rabbitmq: Broker, rabbitmq_url: str, store: Pool) -> None:
    async with service(rabbitmq_url, store) as bus:
        await until_healthy(bus)
        rabbitmq.interrupt()
        event = await send(store)
        await until(has_effects(store, event), seconds=60)
        await until_healthy(bus)


async def test_a_service_starts_without_its_broker(proxy: TcpProxy, rabbitmq_url: str, store: Pool) -> None:
    proxy.refuse()
    async with service(through(proxy, rabbitmq_url), store) as bus:
        event = await send(store)

        async def tried() -> bool:
            return proxy.connections > 1

        await until(tried)
        health = await bus.check()
        assert not health.is_healthy
        assert health.problems[0].startswith("not connected to RabbitMQ")
        assert await store.fetchval("select published_at from outbox") is None
        proxy.accept()
        await until(has_effects(store, event))


async def test_a_silent_network_is_noticed(proxy: TcpProxy, rabbitmq_url: str, store: Pool) -> None:
    """Nothing is closed, nothing arrives: only the heartbeat tells."""
    async with service(through(proxy, rabbitmq_url), store, heartbeat=dt.timedelta(seconds=1)) as bus:
        await until_healthy(bus)
        connections = proxy.connections
        proxy.stall()

        async def tried_anew() -> bool:
            return proxy.connections > connections

        await until(tried_anew)
        assert await is_unhealthy(bus)
        event = await send(store)
        proxy.flow()
        await until(has_effects(store, event))
    assert await effects(store) == [event.id]


async def test_garbage_from_the_network_ends_the_connection_and_no_more(
    proxy: TcpProxy, rabbitmq_url: str, store: Pool
) -> None:
    async with service(through(proxy, rabbitmq_url), store) as bus:
        await until_healthy(bus)
        proxy.corrupt()
        event = await send(store)
        await until(has_effects(store, event))
        await until_healthy(bus)


async def test_answers_in_single_bytes(proxy: TcpProxy, rabbitmq_url: str, store: Pool) -> None:
    proxy.segment(1)
    async with service(through(proxy, rabbitmq_url), store):
        event = await send(store)
        await until(has_effects(store, event))


async def test_a_consumer_that_the_broker_cancelled_is_registered_again(
    rabbitmq_url: str, store: Pool
) -> None:
    """An operator deletes the queue: the socket stays open, and nobody consumes."""
    async with service(rabbitmq_url, store) as bus, await aio_pika.connect(rabbitmq_url) as operator:
        await until_healthy(bus)
        await (await operator.channel()).queue_delete("test.contacts")
        await until_healthy(bus)
        event = await send(store)
        await until(has_effects(store, event))


async def test_readiness_sees_a_consumer_that_is_not_registered(rabbitmq_url: str, store: Pool) -> None:
    async with service(rabbitmq_url, store) as bus:
        await until_healthy(bus)
        (lane,) = bus._lanes
        channel, queue, tag = lane._registered[-1]
        await queue.cancel(tag)
        health = await bus.check()
    assert channel.is_initialized
    assert health.problems == (
        "not registered as a consumer of test.contacts",
        "nobody consumes test.contacts",
    )


async def test_a_queue_that_differs_is_reported_and_not_touched(rabbitmq_url: str, store: Pool) -> None:
    async with await aio_pika.connect(rabbitmq_url) as operator:
        channel = await operator.channel()
        await channel.declare_queue("test.contacts", durable=True)
        async with service(rabbitmq_url, store) as bus:

            async def says_so() -> bool:
                return (await bus.check()).problems == (
                    "not connected to RabbitMQ: ChannelPreconditionFailed",
                )

            await until(says_so)
            await channel.queue_delete("test.contacts")
            await until_healthy(bus)


async def test_a_missing_retry_queue_loses_nothing(rabbitmq_url: str, store: Pool) -> None:
    """The republish comes back as unroutable: the delivery goes back too, instead of being acknowledged."""
    attempts = 0

    async def handler(event: Event, connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise Retry(None, "not yet")
        await leave_effect(connection, event)

    patient = consumer(handler)
    bus = RabbitBus(rabbitmq_url, store, [patient], reconnect=QUICK)
    async with (
        bus,
        relaying(store, bus, poll=QUICK, pause=QUICK),
        await aio_pika.connect(rabbitmq_url) as operator,
    ):
        await until_healthy(bus)
        await (await operator.channel()).queue_delete(topology.retry_queue(patient, DELAYS[0]))
        event = await send(store)
        await until(has_effects(store, event))


async def test_the_store_away_uses_no_attempt_and_loses_nothing(
    rabbitmq_url: str, store: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database refuses connections more often than an event may be tried; it is handled when that is over."""
    refusals = 0
    willing = handling.begin

    async def begin(pool: Pool, stack: contextlib.AsyncExitStack) -> Connection:
        nonlocal refusals
        if refusals < 10:
            refusals += 1
            raise ConnectionRefusedError
        return await willing(pool, stack)

    monkeypatch.setattr(handling, "begin", begin)
    async with service(rabbitmq_url, store):
        event = await send(store)
        await until(has_effects(store, event))
    assert refusals == 10
    assert await store.fetchval("select count(*) from dead_letter") == 0


async def test_a_dead_letter_that_cannot_be_stored_waits_in_a_retry_queue(
    rabbitmq_url: str, store: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 0
    willing = dead_letters.store

    async def failing(*arguments: Any, **facts: Any) -> None:
        nonlocal failures
        if failures < 3:
            failures += 1
            raise ConnectionResetError
        await willing(*arguments, **facts)

    monkeypatch.setattr(dead_letters, "store", failing)
    bus = RabbitBus(rabbitmq_url, store, [consumer(parks)], reconnect=QUICK)
    async with bus, relaying(store, bus, poll=QUICK, pause=QUICK):
        await send(store)

        async def is_stored() -> bool:
            return bool(await store.fetchval("select count(*) from dead_letter"))

        await until(is_stored)
    assert failures == 3


async def parks(event: Event, connection: Connection) -> None:
    raise Park("never")
