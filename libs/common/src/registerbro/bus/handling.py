"""One delivery to one consumer, whatever carried it: parse, remember, handle, commit, and say what to do with it.

The handler's work and the row in ``inbox`` that says "this consumer had this event" stand in one transaction: a
delivery that comes again, for whatever reason, has no effect a second time.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import traceback
from typing import TypeAlias, assert_never

import asyncpg
import structlog
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from registerbro.bus import metrics
from registerbro.bus.port import Consumer, Park, Retry
from registerbro.bus.statements import SQL
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.database import Connection, Pool
from registerbro.events import Event, EventRefused, parse_event

log = structlog.get_logger()
tracer = trace.get_tracer(__name__)

_TRACE_CONTEXT = TraceContextTextMapPropagator()
FORGOTTEN = "the event's day is outside of what the inbox remembers"


@dataclasses.dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a transport delivered it."""

    routing_key: str
    body: bytes
    attempt: int  # from 1


class Done(enum.StrEnum):
    """Nothing more is to be done with the delivery."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"  # a binding of former times brought it


@dataclasses.dataclass(frozen=True, slots=True)
class Again:
    """The delivery comes again, after a delay, as this attempt."""

    delay: dt.timedelta
    attempt: int


@dataclasses.dataclass(frozen=True, slots=True)
class Dead:
    """The delivery is given up; ``reason`` holds nothing of the message."""

    reason: str


Verdict: TypeAlias = Done | Again | Dead


async def handle(pool: Pool, consumer: Consumer, incoming: Incoming) -> Verdict:
    """Has the consumer handle the message, and decides."""
    try:
        event = parse_event(incoming.body)
    except EventRefused as error:
        verdict: Verdict = Dead(f"{type(error).__name__}: {error}".rstrip(": "))
    else:
        verdict = await _handle_event(pool, consumer, event, incoming.attempt)
    _report(consumer, incoming, verdict)
    return verdict


async def _handle_event(pool: Pool, consumer: Consumer, event: Event, attempt: int) -> Verdict:
    if not consumer.wants(event.routing_key):
        return Done.IGNORED
    try:
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection = await begin(pool, stack)
            except DATABASE_ERRORS:  # the store is away: no fault of the event, and no attempt used
                return Again(consumer.retry_delays[0], attempt)
            with _span(consumer, event), metrics.SECONDS.labels(consumer.name).time():
                async with asyncio.timeout(consumer.time_limit.total_seconds()):
                    return await _once(connection, consumer, event)
    except Park as park:
        return Dead(park.reason)
    except Retry as retry:
        return _again_or_dead(consumer, attempt, retry.after, retry.reason)
    except Exception as error:
        return _again_or_dead(consumer, attempt, None, describe(error))


async def begin(pool: Pool, stack: contextlib.AsyncExitStack) -> Connection:
    """A connection in a transaction, both for as long as the stack lasts."""
    connection = await stack.enter_async_context(pool.acquire())
    await stack.enter_async_context(connection.transaction())
    return connection


async def _once(connection: Connection, consumer: Consumer, event: Event) -> Verdict:
    try:
        is_new = await SQL.remember_event(
            connection, event_day=event.day, consumer=consumer.name, event_id=event.id
        )
    except asyncpg.CheckViolationError:  # no partition for that day: nobody could tell a duplicate any more
        return Dead(FORGOTTEN)
    if not is_new:
        return Done.DUPLICATE
    await consumer.handler(event, connection)
    await connection.execute("select 1")  # fails where the handler hid an error; COMMIT would not
    return Done.HANDLED


def _again_or_dead(consumer: Consumer, attempt: int, after: dt.timedelta | None, reason: str) -> Verdict:
    if attempt >= consumer.attempts:
        return Dead(f"given up after {attempt} attempts: {reason}")
    log.warning("event is tried again", consumer=consumer.name, attempt=attempt, reason=reason)
    return Again(consumer.delay(attempt, after), attempt + 1)


def describe(error: BaseException) -> str:
    """An exception's kind and the place it came from; its text may hold anything, also a personal number."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{place}"


def _report(consumer: Consumer, incoming: Incoming, verdict: Verdict) -> None:
    match verdict:
        case Done():
            outcome = verdict.value
        case Again():
            outcome = "again"
        case Dead():
            outcome = "dead"
            log.error(
                "event was given up", consumer=consumer.name, attempt=incoming.attempt, reason=verdict.reason
            )
        case _:
            assert_never(verdict)
    metrics.HANDLED.labels(consumer.name, outcome).inc()


def _span(consumer: Consumer, event: Event) -> contextlib.AbstractContextManager[trace.Span]:
    carrier = {"traceparent": event.traceparent} if event.traceparent else {}
    return tracer.start_as_current_span(
        f"handle {event.routing_key}",
        context=_TRACE_CONTEXT.extract(carrier),
        kind=trace.SpanKind.CONSUMER,
        attributes={"messaging.consumer.group.name": consumer.name, "messaging.message.id": str(event.id)},
        record_exception=False,
        set_status_on_exception=False,
    )
