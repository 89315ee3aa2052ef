"""Messages on AMQP: how ours look, and publishing that is told what became of each."""

import asyncio
import datetime as dt

import aio_pika
import structlog
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage, AbstractMessage, HeadersType
from aio_pika.exceptions import AMQPError, PublishError

from registerbro.bus.handling import Incoming
from registerbro.bus.port import Passage
from registerbro.events import CONTENT_TYPE

log = structlog.get_logger()

ATTEMPT = "x-registerbro-attempt"  # counted by us: the broker's own count begins anew with every republish
ROUTING_KEY = "x-registerbro-routing-key"  # the event's, while it travels by queue names
APP_ID = "registerbro"
TIMEOUT = dt.timedelta(seconds=30)
TRANSPORT_ERRORS = (
    AMQPError,
    OSError,
    RuntimeError,
    TimeoutError,
)  # RuntimeError: aiormq on a closed channel


def consumer_message(incoming: Incoming) -> AbstractMessage:
    """A message for one consumer's queue, or for one it waits in; the bytes stay as they came."""
    headers: HeadersType = {ATTEMPT: incoming.attempt, ROUTING_KEY: incoming.routing_key}
    return aio_pika.Message(
        incoming.body,
        headers=headers,
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        app_id=APP_ID,
    )


def incoming(message: AbstractIncomingMessage) -> Incoming:
    """The message as our handlers take it; headers that somebody else filled with nonsense count as absent."""
    attempt, routing_key = message.headers.get(ATTEMPT), message.headers.get(ROUTING_KEY)
    return Incoming(
        routing_key=routing_key if isinstance(routing_key, str) else message.routing_key or "",
        body=message.body,
        attempt=attempt if isinstance(attempt, int) and attempt > 0 else 1,
    )


async def publish(exchange: AbstractExchange, message: AbstractMessage, routing_key: str) -> Passage:
    """Publishes a mandatory message and waits for the broker's word on it.

    The exchange's channel must have been opened with ``on_return_raises``.
    """
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            await exchange.publish(message, routing_key, mandatory=True)
    except PublishError:
        return Passage.UNROUTED
    except TRANSPORT_ERRORS:
        return Passage.FAILED
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Passage.FAILED  # aiormq cancels what waits for confirmation when the connection breaks
    return Passage.ROUTED
