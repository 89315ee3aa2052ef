"""A health-checks client as other systems have one: it knows the documented shape of ``/readiness`` and nothing of ours.

The shape is that of the health checks of ASP.NET Core with their usual JSON writer.
"""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema

_SPAN = r"^([0-9]+\.)?[0-9]{2}:[0-5][0-9]:[0-5][0-9](\.[0-9]{7})?$"
_STATUS = {"enum": ["Healthy", "Degraded", "Unhealthy"]}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["status", "totalDuration", "entries"],
    "additionalProperties": False,
    "properties": {
        "status": _STATUS,
        "totalDuration": {"type": "string", "pattern": _SPAN},
        "entries": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/entry"}},
    },
    "$defs": {
        "entry": {
            "type": "object",
            "required": ["data", "duration", "status", "tags"],
            "additionalProperties": False,
            "properties": {
                "data": {"type": "object"},
                "duration": {"type": "string", "pattern": _SPAN},
                "status": _STATUS,
                "tags": {"type": "array", "items": {"type": "string"}},
                "description": {"type": "string", "minLength": 1},
                "exception": {"type": "string", "minLength": 1},
            },
            "if": {"properties": {"status": {"const": "Unhealthy"}}},
            "then": {"required": ["description", "exception"]},
        }
    },
}


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One entry."""

    status: str
    took: dt.timedelta
    cause: str
    tags: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    """A whole report."""

    status: str
    took: dt.timedelta
    sides: Mapping[str, Side]


async def look(client: httpx.AsyncClient, path: str) -> Health:
    """What a path tells; fails where it is not of the documented shape, or status and entries contradict each other."""
    answer = await client.get(path)
    report = answer.json()
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    ranks = _STATUS["enum"]
    worst = max((each["status"] for each in report["entries"].values()), key=ranks.index)
    assert report["status"] == worst
    assert answer.status_code == (503 if worst == "Unhealthy" else 200)
    assert answer.headers["content-type"].startswith("application/json")
    sides = {name: _side(each) for name, each in report["entries"].items()}
    return Health(report["status"], time_span(report["totalDuration"]), sides)


def _side(entry: Mapping[str, Any]) -> Side:
    assert entry.get("exception") == entry.get("description")
    return Side(
        entry["status"], time_span(entry["duration"]), entry.get("description", ""), tuple(entry["tags"])
    )


def time_span(text: str) -> dt.timedelta:
    """A .NET ``TimeSpan`` in its constant form: ``[d.]hh:mm:ss[.fffffff]``."""
    found = re.fullmatch(r"(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{7}))?", text)
    assert found, text
    days, hours, minutes, seconds, ticks = (int(part or 0) for part in found.groups())
    return dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=ticks / 10)
