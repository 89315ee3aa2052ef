"""The events of Registerbro: what has happened, in the past tense, as CloudEvents 1.0 in structured JSON.

An event says which thing changed and what kind of change it was, never a CPR number, a name or an address: a consumer
that may see those fetches them, reads the current state, and never depends on the order of events.

What arrives is parsed once, here. The errors name what is wrong and never repeat the message's text:

    EventRefused
    ├── NotACloudEvent
    ├── UnknownEventType
    └── InvalidEventData
"""

import dataclasses
import datetime as dt
import os
import time
import uuid
from typing import Annotated, Any, ClassVar, Literal

import orjson
import pydantic
import pydantic_core
from pydantic import Field

SPEC_VERSION = "1.0"
TYPE_PREFIX = "dk.registerbro."
TYPE_SUFFIX = ".v1"
SOURCE = "/registerbro"
DATA_CONTENT_TYPE = "application/json"
CONTENT_TYPE = "application/cloudevents+json"

ContactId = Annotated[int, Field(ge=1, description="The contact's id in the contact store.")]
Version = Annotated[
    int, Field(ge=1, description="The contact's version after the change; gapless per contact.")
]
Groups = Annotated[
    tuple[str, ...],
    Field(
        description="What changed: name, details, info, dates, protections, addresses, references, numbers, records."
    ),
]
Source = Annotated[Literal["CPR", "CVR-J"], Field(description="The register that delivered the data.")]
CaseReference = Annotated[
    str, Field(min_length=1, max_length=200, description="The case's key in the case-management system.")
]
FileId = Annotated[int, Field(ge=1, description="The file's id, as CPR Batch's API knows it.")]
Count = Annotated[int, Field(ge=0)]


class EventData:
    """What an event says; ``NAME`` is the type without prefix and version, and the routing key."""

    __slots__ = ()
    NAME: ClassVar[str]


@dataclasses.dataclass(frozen=True, slots=True)
class ContactCreated(EventData):
    """A user created a contact by hand."""

    NAME: ClassVar[str] = "contact.created"
    contact_id: ContactId
    version: Version


@dataclasses.dataclass(frozen=True, slots=True)
class ContactImported(EventData):
    """A contact was created, or a placeholder filled, from a register."""

    NAME: ClassVar[str] = "contact.imported"
    contact_id: ContactId
    version: Version
    source: Source


@dataclasses.dataclass(frozen=True, slots=True)
class ContactUpdated(EventData):
    """A contact's data changed: by a register's delivery, or by hand."""

    NAME: ClassVar[str] = "contact.updated"
    contact_id: ContactId
    version: Version
    groups: Groups


@dataclasses.dataclass(frozen=True, slots=True)
class ContactRenumbered(EventData):
    """A contact has a new number; the former one stays known."""

    NAME: ClassVar[str] = "contact.renumbered"
    contact_id: ContactId
    version: Version


@dataclasses.dataclass(frozen=True, slots=True)
class ContactMerged(EventData):
    """Two contacts turned out to be one: `contact_id` survives, `merged_contact_id` points to it."""

    NAME: ClassVar[str] = "contact.merged"
    contact_id: ContactId
    version: Version
    merged_contact_id: ContactId


@dataclasses.dataclass(frozen=True, slots=True)
class ContactErased(EventData):
    """A contact's data were erased."""

    NAME: ClassVar[str] = "contact.erased"
    contact_id: ContactId
    version: Version


@dataclasses.dataclass(frozen=True, slots=True)
class CaseOpened(EventData):
    """Inbound: a case was opened, or got further parties. Sent by the case-management system."""

    NAME: ClassVar[str] = "case.opened"
    case_reference: CaseReference
    contact_ids: Annotated[
        tuple[ContactId, ...], Field(description="The contacts that are parties to the case.")
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class CaseClosed(EventData):
    """Inbound: a case was closed. Sent by the case-management system."""

    NAME: ClassVar[str] = "case.closed"
    case_reference: CaseReference


@dataclasses.dataclass(frozen=True, slots=True)
class CprSubscriptionRequested(EventData):
    """CPR is to be told that a person is subscribed, or no longer."""

    NAME: ClassVar[str] = "cpr.subscription.requested"
    contact_id: ContactId
    version: Version
    wanted: bool


@dataclasses.dataclass(frozen=True, slots=True)
class CprSubscriptionChanged(EventData):
    """A person is subscribed at CPR, or no longer."""

    NAME: ClassVar[str] = "cpr.subscription.changed"
    contact_id: ContactId
    version: Version
    is_subscribed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class CprFileTransferred(EventData):
    """A subscription file was fetched to the interim directory."""

    NAME: ClassVar[str] = "cpr.file.transferred"
    file_id: FileId
    size_bytes: Count


@dataclasses.dataclass(frozen=True, slots=True)
class CprFileImported(EventData):
    """A subscription file was imported."""

    NAME: ClassVar[str] = "cpr.file.imported"
    file_id: FileId
    run_id: uuid.UUID
    persons: Annotated[int, Field(ge=0, description="Persons in the file.")]
    rejected: Annotated[int, Field(ge=0, description="Rejected records in the file.")]


@dataclasses.dataclass(frozen=True, slots=True)
class CprApprovalRequested(EventData):
    """A subscription file would end or blank so many contacts that it waits for an approval; nothing of it was written."""

    NAME: ClassVar[str] = "cpr.approval.requested"
    file_id: FileId
    approval_id: Annotated[int, Field(ge=1, description="The approval's id, as CPR Batch's API knows it.")]
    persons: Annotated[int, Field(ge=0, description="Persons whose stored data the file could change.")]
    endings: Annotated[
        int, Field(ge=0, description="Of these: would get an end date, or lose their name or main address.")
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class CprGapNoticed(EventData):
    """A subscription file tells of a delivery before it that was never imported."""

    NAME: ClassVar[str] = "cpr.gap.noticed"
    gap_id: Annotated[int, Field(ge=1, description="The gap's id, as CPR Batch's API knows it.")]
    file_id: FileId


@dataclasses.dataclass(frozen=True, slots=True)
class CprImportRequested(EventData):
    """The import of a subscription file waits for a process of CPR Batch that takes it."""

    NAME: ClassVar[str] = "cpr.import.requested"
    run_id: uuid.UUID


@dataclasses.dataclass(frozen=True, slots=True)
class CvrSubscriptionChanged(EventData):
    """A company or production unit is subscribed, or no longer."""

    NAME: ClassVar[str] = "cvr.subscription.changed"
    contact_id: ContactId
    version: Version
    is_subscribed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class CvrUpdateQueued(EventData):
    """An update of a company or production unit waits in the service queue."""

    NAME: ClassVar[str] = "cvr.update.queued"
    contact_id: ContactId
    version: Version


@dataclasses.dataclass(frozen=True, slots=True)
class CvrUpdateApplied(EventData):
    """A queued update changed a contact; one that found nothing new is not told."""

    NAME: ClassVar[str] = "cvr.update.applied"
    contact_id: ContactId
    version: Version
    groups: Groups


@dataclasses.dataclass(frozen=True, slots=True)
class CvrUpdateFailed(EventData):
    """A queued update was given up: nothing of the contact was changed, and it is not tried again by itself."""

    NAME: ClassVar[str] = "cvr.update.failed"
    contact_id: ContactId
    version: Version
    reason: Annotated[
        str,
        Field(
            pattern="^[a-z][a-z-]*$",
            description="A constant, as `unknown-to-register` or `register-unreachable`.",
        ),
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class FeatureChanged(EventData):
    """A module was switched on or off."""

    NAME: ClassVar[str] = "feature.changed"
    feature: Literal["CPR", "CVR", "CVR Update"]
    is_enabled: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigurationChanged(EventData):
    """A setting was changed; its value is not told. Modules have an event of their own, `feature.changed`."""

    NAME: ClassVar[str] = "configuration.changed"
    topic: Annotated[
        str,
        Field(
            pattern="^[a-z][a-z-]*$",
            description="A constant: `contact-type`, `external-source`, `schedule`, `policy`, `retention`, `cpr-batch`; others may follow.",
        ),
    ]
    subject: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Which one: `CPR` or `CVR-J` of the sources, a contact type's code, a job's or a setting's name.",
        ),
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class AlertRaised(EventData):
    """Somebody must look into an access to persons, or into what waits for a decision; the alert itself says more."""

    NAME: ClassVar[str] = "alert.raised"
    alert_id: Annotated[int, Field(ge=1, description="The alert's id, as the services' APIs know it.")]
    kind: Annotated[
        str,
        Field(
            pattern="^[a-z][a-z-]*$",
            description="A constant: `harvesting`, `break-glass`, `subscription-policy-held`; others may follow.",
        ),
    ]


EVENT_TYPES: tuple[type[EventData], ...] = (
    ContactCreated,
    ContactImported,
    ContactUpdated,
    ContactRenumbered,
    ContactMerged,
    ContactErased,
    CaseOpened,
    CaseClosed,
    CprSubscriptionRequested,
    CprSubscriptionChanged,
    CprFileTransferred,
    CprFileImported,
    CprImportRequested,
    CprApprovalRequested,
    CprGapNoticed,
    CvrSubscriptionChanged,
    CvrUpdateQueued,
    CvrUpdateApplied,
    CvrUpdateFailed,
    FeatureChanged,
    ConfigurationChanged,
    AlertRaised,
)
_READERS = {
    f"{TYPE_PREFIX}{data_type.NAME}{TYPE_SUFFIX}": pydantic.TypeAdapter[Any](data_type)
    for data_type in EVENT_TYPES
}


class EventRefused(Exception):
    """A message that is no event of ours."""


class NotACloudEvent(EventRefused):
    """The message is not a CloudEvent in structured JSON."""


class UnknownEventType(EventRefused):
    """The event is of a type, or a version of it, that is not known here."""


class InvalidEventData(EventRefused):
    """The event's data do not have the form of its type."""


def new_event_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562, 5.7): milliseconds since 1970, then random bits; sorts by time."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | random >> 68
    return uuid.UUID(int=high << 64 | 0b10 << 62 | random & 0x3FFF_FFFF_FFFF_FFFF)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: its data in the envelope of CloudEvents."""

    data: EventData
    id: uuid.UUID = dataclasses.field(default_factory=new_event_id)
    time: dt.datetime = dataclasses.field(default_factory=_utc_now)  # aware, UTC
    source: str = SOURCE
    traceparent: str | None = None  # W3C trace context, CloudEvents' extension "distributed tracing"

    @property
    def type(self) -> str:
        """As ``dk.registerbro.contact.updated.v1``."""
        return f"{TYPE_PREFIX}{self.data.NAME}{TYPE_SUFFIX}"

    @property
    def routing_key(self) -> str:
        """As ``contact.updated``."""
        return self.data.NAME

    @property
    def day(self) -> dt.date:
        """The day of the event's own time, UTC: the partition it is remembered in."""
        return self.time.date()

    def to_cloudevent_json(self) -> str:
        """The event in CloudEvents' structured JSON."""
        envelope: dict[str, Any] = {
            "specversion": SPEC_VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time,
            "datacontenttype": DATA_CONTENT_TYPE,
            "data": self.data,
        }
        if self.traceparent is not None:
            envelope["traceparent"] = self.traceparent
        return orjson.dumps(envelope, option=orjson.OPT_UTC_Z).decode()


def parse_event(body: bytes) -> Event:
    """The event in a message's body; raises ``EventRefused``."""
    envelope = _Envelope.read(body)
    reader = _READERS.get(envelope.type)
    if reader is None:
        raise UnknownEventType
    try:
        data = reader.validate_json(pydantic_core.to_json(envelope.data), strict=True)
    except pydantic.ValidationError as error:
        raise InvalidEventData(_problems(error)) from None
    return Event(data, envelope.unique_id(), envelope.utc_time(), envelope.source, envelope.traceparent)


def event_or_none(body: bytes) -> Event | None:
    """The event in a message's body, None where it holds no event that is known here."""
    try:
        return parse_event(body)
    except EventRefused:
        return None


class _Envelope(pydantic.BaseModel):
    """The attributes of CloudEvents 1.0 that we need; others are allowed and ignored."""

    specversion: Literal["1.0"]
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)
    type: str = Field(min_length=1)
    time: pydantic.AwareDatetime
    data: Any = None
    traceparent: str | None = None

    @classmethod
    def read(cls, body: bytes) -> "_Envelope":
        try:
            return cls.model_validate_json(body)
        except pydantic.ValidationError as error:
            raise NotACloudEvent(_problems(error)) from None

    def utc_time(self) -> dt.datetime:
        try:
            return self.time.astimezone(dt.UTC)
        except OverflowError:
            raise NotACloudEvent("time: out of range") from None

    def unique_id(self) -> uuid.UUID:
        """CloudEvents ids are unique within their source and of any form; ours are UUIDs and unique everywhere."""
        if self.source == SOURCE:
            try:
                return uuid.UUID(self.id)
            except ValueError:
                raise NotACloudEvent("id: uuid_parsing") from None
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.source}#{self.id}")


def _problems(error: pydantic.ValidationError) -> str:
    """What is wrong and where, without the values: they may be anything, also a personal number."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, detail['loc'])) or 'body'}: {detail['type']}" for detail in details)
