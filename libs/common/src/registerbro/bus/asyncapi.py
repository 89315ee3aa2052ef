"""The events as an AsyncAPI 3.0 document: ``python -m registerbro.bus.asyncapi > docs/asyncapi.yaml``."""

import inspect
import sys
from typing import Any

import pydantic
import yaml

from registerbro.bus.topology import EVENTS
from registerbro.events import (
    CONTENT_TYPE,
    DATA_CONTENT_TYPE,
    EVENT_TYPES,
    SOURCE,
    SPEC_VERSION,
    TYPE_PREFIX,
    TYPE_SUFFIX,
    EventData,
)

VERSION = "1.0.0"
INBOUND = ("case.opened", "case.closed")
PLANNED: frozenset[str] = frozenset()
ABOUT = (
    "CloudEvents 1.0 in structured JSON on the durable topic exchange `registerbro`; the routing key is the type "
    "without `dk.registerbro.` and the version suffix. Events never hold a CPR number, a name or an address: a "
    "consumer that may see those fetches the contact, reads its current state, and never depends on the order of "
    "events. Delivery is at least once; `source` and `id` together tell a duplicate. A consumer binds a durable queue "
    "of its own to the exchange, with the routing keys it wants; patterns are allowed. Messages with the tag `planned` "
    "are agreed on, but no service of this version sends or handles them yet."
)


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Registerbro's events",
            "version": VERSION,
            "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {data_type.NAME: _channel(data_type) for data_type in EVENT_TYPES},
        "operations": {_operation_name(data_type): _operation(data_type) for data_type in EVENT_TYPES},
        "components": {
            "messages": {data_type.__name__: _message(data_type) for data_type in EVENT_TYPES},
            "schemas": {data_type.__name__: _data_schema(data_type) for data_type in EVENT_TYPES},
        },
    }


def _channel(data_type: type[EventData]) -> dict[str, Any]:
    exchange = {"name": EVENTS, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": data_type.NAME,
        "messages": {data_type.__name__: {"$ref": f"#/components/messages/{data_type.__name__}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation_name(data_type: type[EventData]) -> str:
    return f"{_action(data_type)}.{data_type.NAME}"


def _action(data_type: type[EventData]) -> str:
    return "receive" if data_type.NAME in INBOUND else "send"


def _operation(data_type: type[EventData]) -> dict[str, Any]:
    action = _action(data_type)
    binding: dict[str, Any] = {"deliveryMode": 2, "mandatory": True} if action == "send" else {"ack": True}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{data_type.NAME}"},
        "bindings": {"amqp": binding | {"bindingVersion": "0.3.0"}},
    }


def _message(data_type: type[EventData]) -> dict[str, Any]:
    planned = {"tags": [{"name": "planned"}]} if data_type.NAME in PLANNED else {}
    return planned | {
        "name": f"{TYPE_PREFIX}{data_type.NAME}{TYPE_SUFFIX}",
        "summary": inspect.getdoc(data_type),
        "contentType": CONTENT_TYPE,
        "payload": _envelope(data_type),
    }


def _envelope(data_type: type[EventData]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "specversion": {"const": SPEC_VERSION},
        "id": {
            "type": "string",
            "description": "Unique within its source; of Registerbro's own events a UUID, version 7.",
        },
        "source": {"type": "string", "format": "uri-reference", "examples": [SOURCE]},
        "type": {"const": f"{TYPE_PREFIX}{data_type.NAME}{TYPE_SUFFIX}"},
        "time": {"type": "string", "format": "date-time", "description": "When it happened; required."},
        "datacontenttype": {"const": DATA_CONTENT_TYPE},
        "traceparent": {"type": "string", "description": "W3C trace context."},
        "data": {"$ref": f"#/components/schemas/{data_type.__name__}"},
    }
    required = ["specversion", "id", "source", "type", "time", "data"]
    return {"type": "object", "properties": properties, "required": required}


def _data_schema(data_type: type[EventData]) -> dict[str, Any]:
    schema = pydantic.TypeAdapter[Any](data_type).json_schema()
    return {key: value for key, value in schema.items() if key != "title"} | {
        "description": inspect.getdoc(data_type)
    }


def render() -> str:
    """The document as YAML."""
    return "# Generated from registerbro.events by: python -m registerbro.bus.asyncapi\n" + yaml.safe_dump(
        document(), sort_keys=False, allow_unicode=True, width=110
    )


if __name__ == "__main__":
    sys.stdout.write(render())
