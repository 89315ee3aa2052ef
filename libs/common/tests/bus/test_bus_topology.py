"""What stands on the broker, and that messages on it have all that they need to survive there."""

import dataclasses
import datetime as dt
import itertools
from typing import Any
from unittest import mock

import aio_pika
import pytest
from registerbro.bus import topology
from registerbro.bus.amqp import ATTEMPT, ROUTING_KEY, incoming
from registerbro.bus.handling import Incoming
from registerbro.bus.port import RETRY_DELAYS, Consumer, Outgoing, matches
from registerbro.bus.publishing import event_frames
from registerbro.bus.topology import EVENTS
from registerbro.database import Connection
from registerbro.events import Event

from tests.support.bus import some_event

on_rabbitmq = pytest.mark.xdist_group("rabbitmq")


async def nothing(event: Event, connection: Connection) -> None:
    """Handles nothing."""


CONSUMER = Consumer("cpr-direct.subscriptions", ("cpr.subscription.requested", "feature.#"), nothing)


def test_a_consumer_has_its_queue_its_retry_queues_and_its_dead_letter_queue() -> None:
    queues = {queue.name: dict(queue.arguments) for queue in topology.topology([CONSUMER]).queues}
    main = queues.pop("cpr-direct.subscriptions")
    assert main == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 10,
        "x-dead-letter-exchange": "registerbro.dead",
        "x-dead-letter-routing-key": "cpr-direct.subscriptions",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert queues.pop("cpr-direct.subscriptions.dead")["x-delivery-limit"] == 1_000_000
    waits = {name.rpartition(".")[2]: arguments["x-message-ttl"] for name, arguments in queues.items()}
    assert waits == {"5s": 5000, "1min": 60_000, "10min": 600_000, "1h": 3_600_000}
    for arguments in queues.values():
        assert arguments["x-dead-letter-exchange"] == ""
        assert arguments["x-dead-letter-routing-key"] == "cpr-direct.subscriptions"
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
        assert arguments["x-overflow"] == "reject-publish"


def test_the_topology_can_be_read() -> None:
    text = topology.describe(topology.topology([CONSUMER]))
    assert "exchange registerbro (topic, durable)" in text
    assert "queue cpr-direct.subscriptions.retry.10min\n" in text
    assert "  from registerbro: feature.#" in text


@on_rabbitmq
async def test_the_difference_from_the_broker(rabbitmq_url: str) -> None:
    wanted = topology.topology([CONSUMER])
    missing = await topology.difference(rabbitmq_url, wanted)
    assert len(missing) == len(wanted.exchanges) + len(wanted.queues)
    assert "missing: queue cpr-direct.subscriptions" in missing
    async with await aio_pika.connect(rabbitmq_url) as connection:
        await topology.declare(await connection.channel(), wanted)
        assert await topology.difference(rabbitmq_url, wanted) == []
        await (await connection.channel()).queue_delete("cpr-direct.subscriptions.retry.1h")
    stricter = dataclasses.replace(CONSUMER, crash_limit=3)
    different = await topology.difference(rabbitmq_url, topology.topology([stricter]))
    assert different[0] == "missing: queue cpr-direct.subscriptions.retry.1h"
    assert different[1].startswith("different: queue cpr-direct.subscriptions: ")
    assert "x-delivery-limit" in different[1]
    assert len(different) == 2


@on_rabbitmq
async def test_declaring_again_changes_nothing(rabbitmq_url: str) -> None:
    wanted = topology.topology([CONSUMER])
    async with await aio_pika.connect(rabbitmq_url) as connection:
        for _ in range(2):
            await topology.declare(await connection.channel(), wanted)


WORDS = [".".join(words) for count in (1, 2, 3) for words in itertools.product("ab", repeat=count)]
PATTERNS = [
    "#",
    "*",
    "a",
    "a.*",
    "*.b",
    "a.#",
    "#.b",
    "a.#.b",
    "#.a.#",
    "*.*",
    "*.#",
    "#.*",
    "a.*.#",
    "b.a.b",
]


@on_rabbitmq
async def test_patterns_are_understood_as_the_broker_does(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EVENTS, aio_pika.ExchangeType.TOPIC, durable=True)
        for pattern in PATTERNS:
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(exchange, pattern)
            for words in WORDS:
                await exchange.publish(aio_pika.Message(words.encode()), words, mandatory=False)
            count = (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count
            taken = [(await queue.get(no_ack=True)).body.decode() for _ in range(count or 0)]
            assert taken == [words for words in WORDS if matches(pattern, words)], pattern
            await queue.delete()


@pytest.mark.parametrize(
    ("headers", "attempt", "routing_key"),
    [
        ({}, 1, "contact.updated"),
        ({ATTEMPT: 3, ROUTING_KEY: "case.closed"}, 3, "case.closed"),
        ({ATTEMPT: -1, ROUTING_KEY: 7}, 1, "contact.updated"),
        ({ATTEMPT: "many", ROUTING_KEY: None}, 1, "contact.updated"),
    ],
)
def test_headers_with_nonsense_count_as_absent(
    headers: dict[str, Any], attempt: int, routing_key: str
) -> None:
    message = mock.Mock(headers=headers, routing_key="contact.updated", body=b"x")
    assert incoming(message) == Incoming(routing_key, b"x", attempt)


def test_messages_are_persistent_mandatory_and_say_what_they_are() -> None:
    event = some_event()
    outgoing = Outgoing(
        event.day, event.id, event.type, event.routing_key, event.to_cloudevent_json(), event.time
    )
    publish, header, *pieces = event_frames(EVENTS, outgoing, 100)
    assert (publish.exchange, publish.routing_key, publish.mandatory) == (
        "registerbro",
        "contact.updated",
        True,
    )
    properties = header.properties
    assert properties.delivery_mode == 2
    assert properties.message_id == str(event.id)
    assert properties.message_type == "dk.registerbro.contact.updated.v1"
    assert properties.content_type == "application/cloudevents+json"
    assert properties.app_id == "registerbro"
    assert b"".join(piece.value for piece in pieces) == event.to_cloudevent_json().encode()
    assert [len(piece.value) for piece in pieces[:-1]] == [100] * (header.body_size // 100)


@pytest.mark.parametrize(
    ("attempt", "after", "delay"),
    [
        (1, None, RETRY_DELAYS[0]),
        (3, None, RETRY_DELAYS[2]),
        (9, None, RETRY_DELAYS[3]),
        (1, dt.timedelta(seconds=6), dt.timedelta(minutes=1)),
        (4, dt.timedelta(0), dt.timedelta(seconds=5)),
        (1, dt.timedelta(days=1), dt.timedelta(hours=1)),
    ],
)
def test_the_delay_before_the_next_attempt(
    attempt: int, after: dt.timedelta | None, delay: dt.timedelta
) -> None:
    assert CONSUMER.delay(attempt, after) == delay


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Capital"},
        {"name": "a..b"},
        {"patterns": ()},
        {"retry_delays": ()},
        {"retry_delays": (dt.timedelta(1), dt.timedelta(1))},
    ],
)
def test_a_consumer_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="consumer"):
        dataclasses.replace(CONSUMER, **wrong)
