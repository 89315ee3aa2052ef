"""Events and dead letters, as the API answers them and the commands print them. Times are UTC.

What is shown of an event is made anew from what we understood of it: members that our types do not have are not repeated.
Of a message that is no event of ours only size and digest are shown, because anything may stand in it.
"""

import dataclasses
import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Any, Self

import orjson
from pydantic import BaseModel, Field
from registerbro.bus.dead_letters import DeadLetter, State
from registerbro.bus.sent import Delivery, DeliveryState, Sent, SentState
from registerbro.events import TYPE_PREFIX, TYPE_SUFFIX, Event, event_or_none
from registerbro.privacy import mask, mask_value

_TRACE = re.compile(r"[0-9a-f]{2}-(?P<id>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def whole_type(text: str) -> str:
    """``contact.updated`` as ``dk.registerbro.contact.updated.v1``; a whole type as it is."""
    return text if text.startswith(TYPE_PREFIX) else f"{TYPE_PREFIX}{text}{TYPE_SUFFIX}"


def short_type(text: str) -> str:
    """The other way round."""
    return text.removeprefix(TYPE_PREFIX).removesuffix(TYPE_SUFFIX)


def cloud_event(event: Event) -> dict[str, Any]:
    """The CloudEvent without what others may have put in; texts that others wrote are masked."""
    data = {field.name: getattr(event.data, field.name) for field in dataclasses.fields(event.data)}  # type: ignore[arg-type]
    safe = dataclasses.replace(
        event,
        data=dataclasses.replace(event.data, **mask_value(data)),  # type: ignore[type-var]
        source=mask(event.source),
        traceparent=event.traceparent if trace_id(event) else None,
    )
    shown: dict[str, Any] = orjson.loads(safe.to_cloudevent_json())
    return shown


def trace_id(event: Event) -> str | None:
    """The trace that the event belongs to (W3C trace context)."""
    found = _TRACE.fullmatch(event.traceparent or "")
    return found["id"] if found else None


class EventOut(BaseModel):
    """An event that was sent, and how far it came."""

    event_id: uuid.UUID
    type: str
    time: dt.datetime
    contact_id: int | None = Field(description="the contact that it tells of; null: it tells of none")
    state: SentState = Field(description="unrouted: it was published, and nobody listens")
    published_at: dt.datetime | None
    trace_id: str | None

    @classmethod
    def of(cls, sent: Sent) -> Self:
        """From the outbox."""
        return cls(**_facts(sent))


class DeliveryOut(BaseModel):
    """A consumer of an event, and how far it came."""

    consumer: str
    state: DeliveryState = Field(
        description="waiting is known only where all services share one process; with a broker it is its own matter"
    )
    at: dt.datetime = Field(description="when it was handled or given up, or is due")
    dead_letter_id: int | None = Field(description="of what was given up")


class EventDetails(EventOut):
    """The same with the event itself, and what became of it with its consumers."""

    event: dict[str, Any] | None = Field(
        description="the CloudEvent; null: it is of a type that this version does not know"
    )
    deliveries: list[DeliveryOut] = []

    @classmethod
    def of(cls, sent: Sent, deliveries: Sequence[Delivery] = ()) -> Self:
        """From the outbox."""
        return cls(
            **_facts(sent),
            event=cloud_event(sent.event) if sent.event else None,
            deliveries=[DeliveryOut(**dataclasses.asdict(each)) for each in deliveries],
        )


class TypeCountOut(BaseModel):
    """Events of a type."""

    type: str = Field(description="as contact.updated")
    sent: int
    unrouted: int = Field(description="to how many of them nobody listened")


class EventCounts(BaseModel):
    """What goes over the bus, in numbers."""

    since: dt.datetime
    sent: list[TypeCountOut] = Field(description="since then, the most frequent type first")
    waiting: int = Field(description="events that no relay has taken yet")
    oldest_waiting: dt.datetime | None
    dead_letters: dict[str, int] = Field(description="how many wait for a decision, by consumer")


def _facts(sent: Sent) -> dict[str, Any]:
    return {
        "event_id": sent.event_id,
        "type": sent.type,
        "time": sent.created_at,
        "contact_id": getattr(sent.event.data, "contact_id", None) if sent.event else None,
        "state": sent.state,
        "published_at": sent.published_at,
        "trace_id": trace_id(sent.event) if sent.event else None,
    }


class LetterOut(BaseModel):
    """A message that a consumer gave up, and what became of it."""

    dead_letter_id: int
    consumer: str
    event_id: uuid.UUID | None = Field(description="null, as type: it is no event of ours")
    type: str | None
    reason: str
    attempts: int
    arrived_at: dt.datetime
    state: State = Field(
        description="replayed: it is with its consumer again; handled: with success; came-back: given up again"
    )
    replay_requested_at: dt.datetime | None
    replay_requested_by: str | None
    replayed_at: dt.datetime | None
    handled_at: dt.datetime | None
    came_back_as: int | None = Field(description="the dead letter that the replay ended in")
    discarded_at: dt.datetime | None
    discarded_by: str | None
    discard_reason: str | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """From the store, without the message."""
        return cls(**_letter(letter))


class LetterDetails(LetterOut):
    """The same with the message, as far as it is an event of ours."""

    size_bytes: int
    sha256: str = Field(description="of the message, in hexadecimal digits")
    event: dict[str, Any] | None = Field(
        description="the CloudEvent; null: the message is no event of ours, and may hold anything"
    )

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """From the store."""
        event = event_or_none(letter.body)
        return cls(
            **_letter(letter),
            size_bytes=len(letter.body),
            sha256=hashlib.sha256(letter.body).hexdigest(),
            event=cloud_event(event) if event else None,
        )


def _letter(letter: DeadLetter) -> dict[str, Any]:
    facts = {name: getattr(letter, name) for name in LetterOut.model_fields}
    return facts | {"reason": mask(letter.reason)}


class ManyOut(BaseModel):
    """What became of many at once."""

    count: int
    is_all: bool = Field(description="false: the limit was reached, and more may match")
