"""A batch of events on its way to the broker: each has its own answer, and none is taken for granted."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractRobustChannel
from registerbro.bus import publishing, topology
from registerbro.bus.port import Outgoing, Passage
from registerbro.bus.publishing import publish_events
from registerbro.events import ConfigurationChanged, ContactUpdated, Event, EventData

from tests.support.bus import through
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.xdist_group("rabbitmq")

QUEUE = "test.taken"


def outgoing(data: EventData) -> Outgoing:
    event = Event(data)
    return Outgoing(
        event.day, event.id, event.type, event.routing_key, event.to_cloudevent_json(), event.time
    )


def updated(groups: tuple[str, ...] = ()) -> Outgoing:
    return outgoing(ContactUpdated(1, 2, groups))


@pytest.fixture
async def channel(proxy: TcpProxy, rabbitmq_url: str) -> AsyncIterator[AbstractRobustChannel]:
    """A publisher's channel, behind a proxy, with a queue that takes ``contact.*``."""
    async with await aio_pika.connect_robust(
        through(proxy, rabbitmq_url), reconnect_interval=1
    ) as connection:
        channel = connection.channel(on_return_raises=True)
        await channel.initialize()
        await topology.declare(channel, topology.topology(()))
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(topology.EVENTS, "contact.*")
        yield channel


async def test_each_event_of_a_batch_has_its_own_answer(channel: AbstractRobustChannel) -> None:
    unheard = [outgoing(ConfigurationChanged("external-source", "CPR")) for _ in range(2)]
    assert await publish_events(channel, topology.EVENTS, [updated(), unheard[0], updated(), unheard[1]]) == [
        Passage.ROUTED,
        Passage.UNROUTED,
        Passage.ROUTED,
        Passage.UNROUTED,
    ]
    underlay: Any = await channel.get_underlay_channel()
    assert underlay.message_id_delivery_tag == {}
    assert await publish_events(channel, topology.EVENTS, [updated()]) == [Passage.ROUTED]


async def test_a_body_of_many_frames_arrives_whole(channel: AbstractRobustChannel) -> None:
    large = updated(groups=tuple(f"group{number}" for number in range(30_000)))
    assert await publish_events(channel, topology.EVENTS, [large, updated()]) == [Passage.ROUTED] * 2
    queue = await channel.get_queue(QUEUE)
    assert (await queue.get(no_ack=True)).body == large.body.encode()


async def test_what_the_broker_refuses_has_failed(channel: AbstractRobustChannel) -> None:
    """A full queue that rejects what is published answers with a negative confirmation."""
    full = await channel.declare_queue(
        "test.full",
        durable=True,
        arguments={"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"},
    )
    await full.bind(topology.EVENTS, "configuration.*")
    events = [outgoing(ConfigurationChanged("external-source", "CPR")) for _ in range(200)]
    first = await publish_events(channel, topology.EVENTS, events)
    second = await publish_events(channel, topology.EVENTS, events)
    assert first[0] is Passage.ROUTED
    assert set(second) == {Passage.FAILED}


async def test_without_an_answer_an_event_has_failed(
    channel: AbstractRobustChannel, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "TIMEOUT", dt.timedelta(milliseconds=100))
    proxy.stall()
    assert (
        await publish_events(channel, topology.EVENTS, [updated() for _ in range(3)]) == [Passage.FAILED] * 3
    )
    proxy.flow()


async def test_a_connection_that_breaks_in_the_midst_fails_the_batch(
    channel: AbstractRobustChannel, proxy: TcpProxy
) -> None:
    proxy.stall()
    publishing_them = asyncio.create_task(publish_events(channel, topology.EVENTS, [updated(), updated()]))
    await asyncio.wait({publishing_them}, timeout=0.1)
    proxy.cut()
    assert await publishing_them == [Passage.FAILED] * 2
    assert await publish_events(channel, topology.EVENTS, [updated()]) == [Passage.FAILED]
    proxy.flow()


async def test_a_missing_exchange_fails_the_batch(channel: AbstractRobustChannel) -> None:
    """The broker closes the channel; the events stay in the outbox."""
    assert await publish_events(channel, "nowhere", [updated(), updated()]) == [Passage.FAILED] * 2
