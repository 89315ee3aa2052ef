"""The events: CloudEvents by the SDK's own reader, without anything personal, and read back as they were."""

import datetime as dt
import uuid
from typing import Any

import orjson
import pydantic
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from registerbro.events import (
    EVENT_TYPES,
    CaseOpened,
    ContactUpdated,
    CprFileImported,
    Event,
    EventData,
    EventRefused,
    InvalidEventData,
    NotACloudEvent,
    UnknownEventType,
    new_event_id,
    parse_event,
)

DESIGNED = [
    "contact.created",
    "contact.imported",
    "contact.updated",
    "contact.renumbered",
    "contact.merged",
    "contact.erased",
    "case.opened",
    "case.closed",
    "cpr.subscription.requested",
    "cpr.subscription.changed",
    "cpr.file.transferred",
    "cpr.file.imported",
    "cpr.import.requested",
    "cpr.approval.requested",
    "cpr.gap.noticed",
    "cvr.subscription.changed",
    "cvr.update.queued",
    "cvr.update.applied",
    "cvr.update.failed",
    "feature.changed",
    "configuration.changed",
    "alert.raised",
]


def example(data_type: type[EventData]) -> EventData:
    """Data of the type, from its own schema."""
    schema = pydantic.TypeAdapter[Any](data_type).json_schema()
    values = {name: _example(field) for name, field in schema["properties"].items()}
    data: EventData = pydantic.TypeAdapter[Any](data_type).validate_python(values)
    return data


def _example(field: dict[str, Any]) -> object:
    if "enum" in field:
        return field["enum"][-1]
    match field["type"], field.get("format"):
        case "integer", _:
            return 42
        case "boolean", _:
            return True
        case "array", _:
            return [_example(field["items"])]
        case "string", "uuid":
            return uuid.UUID(int=7)
        case _:
            return "CVR-J" if "[A-Z]" in field.get("pattern", "") else "upstream-unavailable"


def test_the_events_are_those_of_the_design() -> None:
    assert [data_type.NAME for data_type in EVENT_TYPES] == DESIGNED


@pytest.mark.parametrize("data_type", EVENT_TYPES)
def test_each_event_is_a_cloud_event_and_is_read_back(data_type: type[EventData]) -> None:
    event = Event(example(data_type))
    text = event.to_cloudevent_json()
    read = JSONFormat().read(CloudEvent, text)
    assert read.get_type() == f"dk.registerbro.{data_type.NAME}.v1"
    assert read.get_id() == str(event.id)
    assert read.get_source() == "/registerbro"
    assert read.get_time() == event.time
    assert read.get_datacontenttype() == "application/json"
    assert isinstance(read.get_data(), dict)
    assert parse_event(text.encode()) == event


@pytest.mark.parametrize("data_type", EVENT_TYPES)
def test_no_event_has_a_field_for_what_is_personal(data_type: type[EventData]) -> None:
    names = " ".join(pydantic.TypeAdapter[Any](data_type).json_schema()["properties"])
    for personal in ("number", "pnr", "cpr", "name", "address", "text", "birth"):
        assert personal not in names


def test_an_event_carries_its_trace() -> None:
    event = Event(ContactUpdated(1, 2, ()), traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    assert parse_event(event.to_cloudevent_json().encode()) == event


@pytest.mark.parametrize(
    ("change", "refusal", "text"),
    [
        ({"specversion": "0.3"}, NotACloudEvent, "specversion: literal_error"),
        ({"id": "not a uuid"}, NotACloudEvent, "id: uuid_parsing"),
        ({"time": "2026-01-01T00:00:00"}, NotACloudEvent, "time: timezone_aware"),
        ({"time": "0001-01-01T00:00:00+10:00"}, NotACloudEvent, "time: out of range"),
        ({"type": "dk.registerbro.contact.updated.v2"}, UnknownEventType, ""),
        ({"type": "com.example.order"}, UnknownEventType, ""),
        ({"data": None}, InvalidEventData, "body: dataclass_type"),
        (
            {"data": {"contact_id": 1.5, "version": 0, "groups": []}},
            InvalidEventData,
            "contact_id: int_type; version: greater_than_equal",
        ),
        (
            {"data": {"contact_id": "0101601234", "version": 1, "groups": []}},
            InvalidEventData,
            "contact_id: int_type",
        ),
    ],
)
def test_what_is_no_event_of_ours_is_refused(
    change: dict[str, Any], refusal: type[EventRefused], text: str
) -> None:
    body = orjson.loads(Event(ContactUpdated(1, 2, ())).to_cloudevent_json()) | change
    with pytest.raises(refusal) as raised:
        parse_event(orjson.dumps(body))
    assert str(raised.value) == text


def test_a_refusal_does_not_repeat_the_message() -> None:
    body = Event(CaseOpened("x", (1,))).to_cloudevent_json().replace('"x"', '["0101601234"]')
    with pytest.raises(InvalidEventData) as raised:
        parse_event(body.encode())
    assert "0101601234" not in repr(raised.value)
    assert raised.value.__cause__ is None


@given(
    st.binary() | st.text().map(str.encode) | st.recursive(st.none() | st.text(), st.lists).map(orjson.dumps)
)
def test_whatever_arrives_is_refused_in_good_order(body: bytes) -> None:
    with pytest.raises(EventRefused):
        parse_event(body)


def test_numbers_beyond_all_bounds_are_refused() -> None:
    body = (
        Event(ContactUpdated(1, 2, ())).to_cloudevent_json().replace('"version":2', '"version":' + "9" * 400)
    )
    with pytest.raises(InvalidEventData):
        parse_event(body.replace('"version"', '"x":1e400,"contact_id":"","version"').encode())


def test_fields_that_are_added_later_are_no_obstacle() -> None:
    body = orjson.loads(Event(ContactUpdated(1, 2, ())).to_cloudevent_json())
    body["data"]["more"] = body["more"] = "later"
    assert parse_event(orjson.dumps(body)).data == ContactUpdated(1, 2, ())


def test_an_event_of_somebody_else_has_an_id_of_its_source() -> None:
    """CloudEvents: an id is unique within its source, and of any form."""
    body = orjson.loads(Event(CaseOpened("2026-1", (1,))).to_cloudevent_json())
    first, second = (
        parse_event(orjson.dumps(body | {"id": "1", "source": source})) for source in ("/esdh/a", "/esdh/b")
    )
    assert first.id != second.id
    assert first.id == parse_event(orjson.dumps(body | {"id": "1", "source": "/esdh/a"})).id


def test_the_day_is_that_of_the_events_own_time_in_utc() -> None:
    body = orjson.loads(Event(ContactUpdated(1, 2, ())).to_cloudevent_json())
    event = parse_event(orjson.dumps(body | {"time": "2026-06-01T01:30:00+02:00"}))
    assert event.day == dt.date(2026, 5, 31)


def test_event_ids_are_of_version_7_and_rise_with_time() -> None:
    ids = [new_event_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in ids)
    milliseconds = [each.int >> 80 for each in ids]
    assert milliseconds == sorted(milliseconds)
    assert abs(milliseconds[0] / 1000 - dt.datetime.now(dt.UTC).timestamp()) < 60


def test_a_run_is_named_by_its_id() -> None:
    event = Event(CprFileImported(1, uuid.UUID(int=5), 10, 0))
    assert orjson.loads(event.to_cloudevent_json())["data"]["run_id"] == str(uuid.UUID(int=5))
