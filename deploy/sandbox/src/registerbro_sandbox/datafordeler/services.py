"""The services of Datafordeleren, each with its path: what an inquiry is called, and what it is answered with."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson

from registerbro_sandbox.datafordeler.access import Access, Caller
from registerbro_sandbox.datafordeler.answers import GRAPHQL, JSON, TEXT, Answer, html, json_answer, problem
from registerbro_sandbox.datafordeler.entities import ENTITIES, EVENTS
from registerbro_sandbox.datafordeler.errors import NotAllowed, NotReadable, TokenRefused
from registerbro_sandbox.datafordeler.faults import DatafordelerWrong
from registerbro_sandbox.datafordeler.graph import Graph, Spoilt
from registerbro_sandbox.datafordeler.messages import SERVICE, Messages
from registerbro_sandbox.datafordeler.questions import UNREADABLE, question
from registerbro_sandbox.datafordeler.rest import METHODS, Method, Rest
from registerbro_sandbox.datafordeler.schema import SDL, STATUS
from registerbro_sandbox.datafordeler.shape import Unknown

GRAPH_PATH = "/cvr/v2"
MESSAGES_PATH = "/system/eventmessages/1.0.0/custom"
TOKEN_PATH = "/realms/distribution/protocol/openid-connect/token"  # noqa: S105 (a path)
_ROOTS = (*(entity.field for entity in ENTITIES), EVENTS.field, STATUS)
_NO_RIGHT = "DAF-AUTH-0001"


@dataclasses.dataclass(frozen=True, slots=True)
class Inquiry:
    """A request, read."""

    verb: str
    path: str  # in lower case
    caller: Caller
    body: bytes = dataclasses.field(default=b"", repr=False)
    accept: str = ""


class Service(Protocol):
    """What answers at some paths."""

    @property
    def group(self) -> str:
        """Its kind, as faults name it."""

    def operation(self, inquiry: Inquiry) -> str | None:
        """What an inquiry asks for; None if it is not for this service."""

    def answer(self, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        """The answer to an inquiry that is for this service; ``wrong``: what GraphQL says in the body, and rights taken."""


class RestService:
    """``/CVR/<service>/1/rest/<method>``."""

    group = "rest"

    def __init__(self, rest: Rest, access: Access) -> None:
        self._rest = rest
        self._access = access

    def operation(self, inquiry: Inquiry) -> str | None:
        """The method's name."""
        method = _method(inquiry)
        return method.name if method else None

    def answer(self, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        """One object, or a list of them."""
        method = _method(inquiry)
        if method is None:
            return html(404, "Not Found")
        if refusal := _refusal(self._access, inquiry, method.service, wrong):
            return refusal
        try:
            found = self._rest.answer(method, inquiry.caller.parameters)
        except NotReadable as error:
            return Answer(400, str(error).encode(), TEXT)
        if found is None and self._rest.shape.unknown is Unknown.NOT_FOUND:
            return Answer(404, b"No data", TEXT)
        return json_answer({} if found is None else found)


class MessageService:
    """The older pull messages."""

    group = "events"

    def __init__(self, messages: Messages, access: Access) -> None:
        self._messages = messages
        self._access = access

    def operation(self, inquiry: Inquiry) -> str | None:
        """The one that there is."""
        return SERVICE if (inquiry.verb, inquiry.path) == ("GET", MESSAGES_PATH) else None

    def answer(self, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        """A page of messages."""
        if refusal := _refusal(self._access, inquiry, SERVICE, wrong):
            return refusal
        try:
            return json_answer(self._messages.answer(inquiry.caller.parameters))
        except NotReadable as error:
            return Answer(400, str(error).encode(), TEXT)


class GraphService:
    """CVR's GraphQL, and the schema beside it."""

    group = "graphql"

    def __init__(self, graph: Graph, access: Access) -> None:
        self._graph = graph
        self._access = access

    def operation(self, inquiry: Inquiry) -> str | None:
        """The entity that is asked for."""
        if (inquiry.verb, inquiry.path) == ("GET", f"{GRAPH_PATH}/schema"):
            return "schema"
        if (inquiry.verb, inquiry.path) != ("POST", GRAPH_PATH):
            return None
        try:
            return question(_asked(inquiry.body)["query"]).root
        except NotReadable:
            return UNREADABLE

    def answer(self, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        """Data and errors; of a query that cannot be read, status 400."""
        if inquiry.verb == "GET":
            return Answer(200, SDL.encode(), TEXT)
        try:
            self._access.check_graph(inquiry.caller)
            asked = _asked(inquiry.body)
        except NotAllowed as error:
            return problem(401, error.code, str(error))
        except NotReadable as error:
            return json_answer({"errors": [{"message": str(error), "extensions": {"code": "HC0009"}}]}, 400)
        told = self._graph.answer(
            question(asked["query"]), asked["variables"], asked["operationName"], _spoilt(wrong)
        )
        return json_answer(told, kind=GRAPHQL if "graphql-response" in inquiry.accept else JSON)


class TokenService:
    """OAuth2's token end point."""

    group = "token"

    def __init__(self, access: Access) -> None:
        self._access = access

    def operation(self, inquiry: Inquiry) -> str | None:
        """The one that there is."""
        return "token" if (inquiry.verb, inquiry.path) == ("POST", TOKEN_PATH) else None

    def answer(self, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        """A token."""
        form = dict(parse_qsl(inquiry.body.decode("utf-8", "replace")))
        try:
            given = self._access.token(inquiry.caller, form)
        except TokenRefused as error:
            return json_answer({"error": error.code, "error_description": str(error)}, error.status)
        return dataclasses.replace(json_answer(given), headers={"Cache-Control": "no-store"})


def _method(inquiry: Inquiry) -> Method | None:
    match inquiry.path.split("/"):
        case ["", "cvr", service, "1", "rest", method] if inquiry.verb == "GET":
            return METHODS.get((service, method))
    return None


def _refusal(access: Access, inquiry: Inquiry, service: str, wrong: DatafordelerWrong) -> Answer | None:
    """Who is not known gets 401, who has no right to the service a bare 500, as field reports have it."""
    try:
        access.check_service(inquiry.caller)
    except NotAllowed as error:
        return html(401, str(error))
    return html(500, "Internal Server Error") if wrong.denies(service) else None


def _asked(body: bytes) -> dict[str, Any]:
    """Query, variables and operation name of a body. Raises ``NotReadable``."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotReadable("the body is no JSON") from None
    if not (isinstance(asked, dict) and isinstance(asked.get("query"), str)):
        raise NotReadable("the body has no query")
    variables, name = asked.get("variables") or {}, asked.get("operationName")
    if not isinstance(variables, Mapping) or not (name is None or isinstance(name, str)):
        raise NotReadable("variables are no object, or operationName is no text")
    return {"query": asked["query"], "variables": variables, "operationName": name}


def _spoilt(wrong: DatafordelerWrong) -> Spoilt | None:
    if wrong.code:
        return Spoilt(frozenset(_ROOTS), wrong.code, "Unexpected Execution Error")
    denied = frozenset(root for root in _ROOTS if wrong.denies(root))
    return Spoilt(denied, _NO_RIGHT, "The user has no right to this entity.") if denied else None
