"""CVR's GraphQL schema, version 2, as far as this stand-in goes: written from the table of entities."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, build_schema

from registerbro_sandbox.datafordeler.entities import ENTITIES, EVENTS, MOST_IN_LIST, Entity

DANISH = ZoneInfo("Europe/Copenhagen")
_ORDERED = ["eq", "gt", "ngt", "gte", "ngte", "lt", "nlt", "lte", "nlte"]
_OPERATIONS = {
    "DafStringOperationFilterInput": ("String", ["eq", "in"]),
    "DafUuidOperationFilterInput": ("UUID", ["eq", "in"]),
    "DafIntOperationFilterInput": ("Int", ["in", *_ORDERED]),
    "DafLongOperationFilterInput": ("Long", ["in", *_ORDERED]),
    "DafDateTimeOperationFilterInput": ("DafDateTime", _ORDERED),
    "DafLocalDateOperationFilterInput": ("LocalDate", _ORDERED),
    "DafBoundedStringOperationFilterInput": ("String", ["eq", "in"]),
    "DafBoundedCharOperationFilterInput": ("Char", ["eq", "in"]),
    "DafBoundedIntOperationFilterInput": ("Int", ["in", *_ORDERED]),
    "DafBoundedLongOperationFilterInput": ("Long", ["in", *_ORDERED]),
}
_INPUTS = {
    "String": "DafStringOperationFilterInput",
    "UUID": "DafUuidOperationFilterInput",
    "Int": "DafIntOperationFilterInput",
    "Long": "DafLongOperationFilterInput",
    "DafDateTime": "DafDateTimeOperationFilterInput",
    "LocalDate": "DafLocalDateOperationFilterInput",
}
_EVENT_INPUTS = {
    "datafordelerOpdateringstid": "DafDateTimeOperationFilterInput",
    "datafordelerRegisterImportSequenceNumber": "DafBoundedIntOperationFilterInput @filterBounds(MinValue: 1)",
    "entityname": "DafBoundedStringOperationFilterInput @filterBounds(MinStringLength: 1, MaxStringLength: 3999)",
    "eventaction": 'DafBoundedCharOperationFilterInput @filterBounds(AllowedStrings: "i, u, d")',
    "eventid": "DafBoundedLongOperationFilterInput @filterBounds(MinValue: 1)",
    "object_id": "DafBoundedStringOperationFilterInput @filterBounds(MinStringLength: 1, MaxStringLength: 3999)",
    "object_status": "DafBoundedStringOperationFilterInput @filterBounds(MinStringLength: 1, MaxStringLength: 3999)",
}
_COMMON = """
directive @filterBounds(MinValue: Int, MinStringLength: Int, MaxStringLength: Int, AllowedStrings: String, MaxListSize: Int) on INPUT_FIELD_DEFINITION

scalar Char
scalar DafDateTime
scalar LocalDate
scalar Long
scalar UUID

type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}

type DAF_RegisterImportStatus {
  lastEventId: Long!
  lastSequenceNumber: Int!
  lastUpdated: DafDateTime!
}
"""
STATUS = "DAF_RegisterImportStatus"


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([f"{head} {{", *(f"  {line}" for line in lines), "}"])


def _types(entity: Entity) -> str:
    field = entity.field
    return "\n\n".join(
        [
            _block(f"type {field}", [f"{name}: {kind}" for name, kind in sorted(entity.columns.items())]),
            _block(
                f"type {field}Connection",
                ["pageInfo: PageInfo!", f"edges: [{field}Edge!]", f"nodes: [{field}!]"],
            ),
            _block(f"type {field}Edge", ["cursor: String!", f"node: {field}!"]),
            _block(
                f"input {field}FilterInput",
                [
                    f"and: [{field}FilterInput!]",
                    *(f"{name}: {_input(entity, name)}" for name in sorted(entity.filters)),
                ],
            ),
        ]
    )


def _input(entity: Entity, column: str) -> str:
    if entity is EVENTS:
        return _EVENT_INPUTS[column]
    return _INPUTS[entity.columns[column].rstrip("!")]


def _operations(name: str) -> str:
    kind, operations = _OPERATIONS[name]
    in_kind = "Int" if name == "DafBoundedLongOperationFilterInput" else kind  # as it is published
    bounded = f"in: [{in_kind}!] @filterBounds(MaxListSize: {MOST_IN_LIST})"
    return _block(f"input {name}", [bounded if each == "in" else f"{each}: {kind}" for each in operations])


def _root(entity: Entity) -> str:
    dated = ", virkningstid: DafDateTime" if entity.is_dated else ""
    arguments = f"first: Int, after: String{dated}, where: {entity.field}FilterInput"
    return f"{entity.field}({arguments}): {entity.field}Connection"


def _text() -> str:
    entities = (*ENTITIES, EVENTS)
    roots = [*(_root(entity) for entity in entities), f"{STATUS}: {STATUS}"]
    return "\n\n".join(
        [
            _COMMON.strip(),
            *(_types(entity) for entity in entities),
            *(_operations(name) for name in _OPERATIONS),
            _block("type Query", roots),
            "",
        ]
    )


def moment(text: str) -> dt.datetime:
    """The moment in ISO 8601; Danish time where no zone is given, midnight where no time is. Raises ValueError."""
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=DANISH)


def stamp(at: dt.datetime) -> str:
    """A moment as GraphQL answers have it: UTC with six decimals."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise GraphQLError("Long cannot parse the given value")
    return value


def _char(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 1:
        raise GraphQLError("Char cannot parse the given value")
    return value


def _parsed(kind: str, parse: Any) -> Any:
    def value(given: Any) -> Any:
        if not isinstance(given, str):
            raise GraphQLError(f"{kind} cannot parse the given value")
        try:
            return parse(given)
        except ValueError:
            raise GraphQLError(f"{kind} cannot parse the given value") from None

    return value


_PARSERS: dict[str, tuple[Any, Any]] = {
    "Char": (_char, str),
    "Long": (_long, int),
    "DafDateTime": (_parsed("DafDateTime", moment), stamp),
    "LocalDate": (_parsed("LocalDate", dt.date.fromisoformat), dt.date.isoformat),
    "UUID": (_parsed("UUID", lambda text: str(uuid.UUID(text))), str),
}


def _made() -> GraphQLSchema:
    made = build_schema(SDL)
    for name, (parse, serialize) in _PARSERS.items():
        scalar = made.type_map[name]
        if not isinstance(scalar, GraphQLScalarType):
            raise TypeError(f"{name} is no scalar")
        scalar.coerce_input_value = parse
        scalar.coerce_output_value = serialize
    return made


SDL = _text()
"""The schema as ``/CVR/v2/schema`` shows it."""

SCHEMA = _made()
"""The same, to parse and check queries by; without resolvers."""
