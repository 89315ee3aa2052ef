"""An answer before it is sent, in the forms that Datafordeleren has."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import orjson

JSON = "application/json; charset=utf-8"
PROBLEM = "application/problem+json"
GRAPHQL = "application/graphql-response+json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
_PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """Status, body, and what else stands in the head."""

    status: int
    content: bytes = dataclasses.field(repr=False)
    kind: str = JSON
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


def json_answer(value: Any, status: int = 200, kind: str = JSON) -> Answer:
    """A value as JSON."""
    return Answer(status, orjson.dumps(value), kind)


def html(status: int, title: str) -> Answer:
    """A page for people, as gateways send it."""
    return Answer(status, _PAGE.format(title).encode(), HTML)


def problem(status: int, code: str, detail: str) -> Answer:
    """How the gateway in front of GraphQL refuses."""
    body = {"title": "Access denied", "status": status, "detail": detail, "errorCode": code}
    challenge = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return dataclasses.replace(json_answer(body, status, PROBLEM), headers=challenge)
