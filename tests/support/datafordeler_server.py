"""Datafordeleren as far as its answers go, for the adapters' own tests: GraphQL with the rules it enforces, and pulled messages."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import graphql
import orjson
from registerbro.cvr.reading import DENMARK
from registerbro.registers.calling import Answer

from tests.support.register_server import Asked, Behaviour, Reply, said

Row = dict[str, Any]
KEYS = {"CVREnhedsId", "id", "vaerdi", "CVRNummer", "pNummer", "tilknyttetVirksomhedsCVRNummer"}
ALWAYS = dt.date(2011, 1, 1)


def row(object_id: str, since: dt.date = ALWAYS, until: dt.date | None = None, **fields: Any) -> Row:
    """A row of a unit, in force from a day to a day."""
    ended = until.isoformat() if until else None
    return {
        "CVREnhedsId": object_id,
        "virkningFra": since.isoformat(),
        "virkningTil": ended,
        "registreringTil": None,
        **fields,
    }


@dataclasses.dataclass(slots=True)
class Refusal(Exception):
    """An error of the service's own."""

    code: str
    root: str = ""

    def reply(self) -> Behaviour:
        """With HTTP 200, as the service sends it."""
        error = {"message": "refused", "path": [self.root], "extensions": {"code": self.code}}
        return said({"errors": [error], "data": {self.root: None} if self.root else None})


@dataclasses.dataclass(slots=True)
class GraphqlServer:
    """Answers questions about rows; ``refusals`` are given first, by entity, one for each question."""

    rows: dict[str, list[Row]] = dataclasses.field(default_factory=dict)
    events: list[Row] = dataclasses.field(default_factory=list)
    watermark: Row = dataclasses.field(
        default_factory=lambda: {
            "lastEventId": 0,
            "lastSequenceNumber": 0,
            "lastUpdated": "2026-05-04T14:00:00.000000Z",
        }
    )
    refusals: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    behaviour: Behaviour | None = None
    most_rows: int = 1000
    questions: list[str] = dataclasses.field(default_factory=list)  # the entities asked for
    variables: list[Row] = dataclasses.field(default_factory=list)

    def add(self, entity: str, *rows: Row) -> None:
        """More rows of an entity."""
        self.rows.setdefault(entity, []).extend(rows)

    def happened(self, object_id: str, at: dt.datetime, *, sequence: int = 1, **fields: Any) -> None:
        """One more event; what is finished moves on to it."""
        self.events.append(
            {
                "eventid": len(self.events) + 1,
                "entityname": "Navn",
                "eventaction": "i",
                "fromfailedimport": False,
                "object_id": object_id,
                "object_virkningfra": None,
                "datafordelerOpdateringstid": at.isoformat(),
                "datafordelerRegisterImportSequenceNumber": sequence,
                **fields,
            }
        )
        self.watermark |= {
            "lastEventId": len(self.events),
            "lastSequenceNumber": max(sequence, self.watermark["lastSequenceNumber"]),
        }

    def __call__(self, asked: Asked) -> Behaviour:
        if self.behaviour is not None:
            return self.behaviour
        question = json.loads(asked.body)
        try:
            return said({"data": self._data(question["query"], question.get("variables") or {})})
        except Refusal as refusal:
            return refusal.reply()

    def _data(self, query: str, variables: Row) -> Row:
        field = _root(query)
        root = field.name.value
        self.questions.append(root)
        self.variables.append(variables)
        if waiting := self.refusals.get(root):
            raise Refusal(waiting.pop(0), root)
        arguments = {
            each.name.value: graphql.value_from_ast_untyped(each.value, variables)
            for each in field.arguments or ()
        }
        if root == "DAF_RegisterImportStatus":
            return {root: _selected(field, self.watermark)}
        chosen = self._events(arguments) if root == "CVR_Events" else self._rows(root, arguments)
        return {root: self._page(field, chosen, arguments)}

    def _rows(self, root: str, arguments: Row) -> list[Row]:
        ((key, bounds),) = (arguments.get("where") or {"": {}}).items()
        if key not in KEYS:
            raise Refusal("DAF-GQL-0009", root)
        if len(bounds["in"]) > 100:
            raise Refusal("DAF-GQL-0016", root)
        wanted = {str(each) for each in bounds["in"]}
        at = arguments.get("virkningstid")
        return [
            each
            for each in self.rows.get(root, [])
            if str(each.get(key)) in wanted and (at is None or _is_in_force(each, at))
        ]

    def _events(self, arguments: Row) -> list[Row]:
        return [each for each in self.events if each["eventid"] >= arguments["where"]["eventid"]["gte"]]

    def _page(self, field: graphql.FieldNode, rows: list[Row], arguments: Row) -> Row:
        start = int(arguments.get("after") or 0)
        end = start + min(arguments["first"], self.most_rows)
        has_next = end < len(rows)
        whole = {
            "pageInfo": {"hasNextPage": has_next, "endCursor": str(end) if has_next else None},
            "nodes": rows[start:end],
        }
        selected: Row = _selected(field, whole)
        return selected


def _root(query: str) -> graphql.FieldNode:
    """The one root field, without alias: the service allows no more."""
    (operation,) = graphql.parse(query).definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    fields = [each for each in operation.selection_set.selections if isinstance(each, graphql.FieldNode)]
    if len(fields) != 1:
        raise Refusal("DAF-GQL-0010")
    if fields[0].alias is not None:
        raise Refusal("DAF-GQL-0008")
    return fields[0]


def _selected(field: graphql.FieldNode, value: Any) -> Any:
    if field.selection_set is None:
        return value
    if isinstance(value, list):
        return [_selected(field, each) for each in value]
    parts = [each for each in field.selection_set.selections if isinstance(each, graphql.FieldNode)]
    return {part.name.value: _selected(part, value.get(part.name.value)) for part in parts}


def _is_in_force(row: Row, at: str) -> bool:
    day = dt.datetime.fromisoformat(at).astimezone(DENMARK).date().isoformat()
    return row["virkningFra"] <= day and (row["virkningTil"] is None or day < row["virkningTil"])


def message(
    number: int, object_id: str, at: dt.datetime, *, kind: str = "Navn", action: str = "Aendret"
) -> Row:
    """A message as it is pulled."""
    registration = {"objektID": object_id, "objekttype": kind, "objekthandling": action}
    return {
        "Id": number,
        "Message": {
            "Grunddatabesked": {
                "Hændelsesbesked": {
                    "Beskedkuvert": {
                        "Filtreringsdata": {
                            "beskedtype": f"{kind}Create",
                            "Objektregistrering": [registration],
                        }
                    }
                }
            }
        },
        "Format": "Json",
        "Timestamp": at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
    }


@dataclasses.dataclass(slots=True)
class PullServer:
    """Gives messages page by page; it takes the bounds to be in some zone."""

    messages: list[Row] = dataclasses.field(default_factory=list)
    behaviour: Behaviour | None = None
    zone: dt.tzinfo = DENMARK

    def __call__(self, asked: Asked) -> Behaviour:
        if self.behaviour is not None:
            return self.behaviour
        since, until = (
            dt.datetime.strptime(asked.query[name], "%Y-%m-%d %H:%M:%S").replace(tzinfo=self.zone)
            for name in ("datefrom", "dateto")
        )
        between = [
            each
            for each in self.messages
            if since <= dt.datetime.fromisoformat(str(each["Timestamp"])) <= until
        ]
        size = int(asked.query["pagesize"])
        return said(between[(int(asked.query["page"]) - 1) * size :][:size])


@dataclasses.dataclass(slots=True)
class Directly:
    """``calling.Caller`` that asks a server of the tests without a network between."""

    server: Callable[[Asked], Behaviour]
    calls: int = 0

    async def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None
    ) -> Answer:
        """What the server answers; it must be an answer that callers hand on."""
        self.calls += 1
        body = b"" if json is None else orjson.dumps(json)
        reply = self.server(Asked(method, path, params or {}, {}, body))
        assert isinstance(reply, Reply)
        assert reply.status in {200, 400, 404}
        return Answer(reply.status, reply.body, reply.headers)
