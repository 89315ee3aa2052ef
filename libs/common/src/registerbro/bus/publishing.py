"""Publishing many events at once, each mandatory and confirmed by itself.

``aio_pika.Exchange.publish`` takes some 160 µs of processor time for a message, most of it for locks and tasks of its
own; an import makes thousands of events a second. So the frames of a whole batch are written in one piece here, with
aiormq's own means: its frames, its confirmations, its handling of returned messages.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import aiormq
from aio_pika import DeliveryMode
from aio_pika.abc import AbstractRobustChannel
from aio_pika.exceptions import PublishError
from aiormq.abc import ChannelFrame
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from registerbro.bus.amqp import APP_ID, TIMEOUT, TRANSPORT_ERRORS
from registerbro.bus.port import Outgoing, Passage
from registerbro.events import CONTENT_TYPE


async def publish_events(
    channel: AbstractRobustChannel, exchange: str, events: Sequence[Outgoing]
) -> list[Passage]:
    """Publishes all, waits for the broker's word on each, and says it, in order.

    The channel must have been opened with ``on_return_raises``.
    """
    if channel.is_closed:
        return [Passage.FAILED] * len(events)
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            underlay = cast("aiormq.Channel", await channel.get_underlay_channel())
            confirmations = await _write(underlay, exchange, events)
    except TRANSPORT_ERRORS:
        return [Passage.FAILED] * len(events)
    try:
        await asyncio.wait(confirmations, timeout=TIMEOUT.total_seconds())
    finally:
        for event, confirmation in zip(events, confirmations, strict=True):
            underlay.message_id_delivery_tag.pop(str(event.event_id), None)
            confirmation.cancel()
    return [_passage(confirmation) for confirmation in confirmations]


async def _write(
    channel: aiormq.Channel, exchange: str, events: Sequence[Outgoing]
) -> list[asyncio.Future[Any]]:
    confirmations = []
    frames: list[Any] = []
    async with channel.lock:
        for event in events:
            channel.delivery_tag += 1
            confirmation: asyncio.Future[Any] = channel.create_future()
            channel.confirmations[channel.delivery_tag] = confirmation
            channel.message_id_delivery_tag[str(event.event_id)] = channel.delivery_tag
            confirmations.append(confirmation)
            frames += event_frames(exchange, event, channel.max_content_size)
        await channel.write_queue.put(ChannelFrame.marshall(channel.number, frames))
    return confirmations


def event_frames(exchange: str, event: Outgoing, largest_body: int) -> list[Any]:
    """An event as AMQP frames, its body in pieces of at most so many bytes."""
    body = event.body.encode()
    properties = commands.Basic.Properties(
        content_type=CONTENT_TYPE,
        content_encoding="utf-8",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(event.event_id),
        timestamp=event.created_at,
        message_type=event.type,
        app_id=APP_ID,
    )
    publish = commands.Basic.Publish(exchange=exchange, routing_key=event.routing_key, mandatory=True)
    header = ContentHeader(body_size=len(body), properties=properties)
    pieces = (body[start : start + largest_body] for start in range(0, len(body), largest_body))
    return [publish, header, *map(ContentBody, pieces)]


def _passage(confirmation: asyncio.Future[Any]) -> Passage:
    if confirmation.cancelled():  # no answer in time, or the connection broke
        return Passage.FAILED
    match confirmation.exception():
        case None:
            return Passage.ROUTED
        case PublishError():
            return Passage.UNROUTED
        case _:
            return Passage.FAILED
