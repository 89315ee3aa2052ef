"""CVR's GraphQL service: queries executed over the register's rows."""

import dataclasses
import functools
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLResolveInfo, execute_sync

from registerbro_sandbox.datafordeler import filters
from registerbro_sandbox.datafordeler.entities import ENTITIES, EVENTS, Entity
from registerbro_sandbox.datafordeler.errors import Rejected
from registerbro_sandbox.datafordeler.pages import Key, key_in, length, page, row_key
from registerbro_sandbox.datafordeler.questions import Question
from registerbro_sandbox.datafordeler.register import Register, Row, danish_date, in_force
from registerbro_sandbox.datafordeler.schema import SCHEMA, STATUS

_EVENT_DIGITS = 19


@dataclasses.dataclass(frozen=True, slots=True)
class Spoilt:
    """Entities that are answered with an error of this code."""

    roots: frozenset[str]
    code: str
    message: str


class Graph:
    """Answers questions from a register."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._roots: Mapping[str, Callable[..., Any]] = {
            **{entity.field: functools.partial(self._entity, entity) for entity in ENTITIES},
            EVENTS.field: self._events,
            STATUS: lambda _info: self._register.status(),
        }

    def answer(
        self,
        question: Question,
        variables: Mapping[str, Any],
        operation: str | None = None,
        spoilt: Spoilt | None = None,
    ) -> dict[str, Any]:
        """What stands in the body: errors, or data, or both."""
        if question.document is None or question.errors:
            return {"errors": _told(question.errors)}
        result: ExecutionResult = execute_sync(
            SCHEMA,
            question.document,
            root_value=self._roots if spoilt is None else _with(self._roots, spoilt),
            variable_values=dict(variables),
            operation_name=operation,
        )
        errors = {"errors": _told(result.errors)} if result.errors else {}
        return errors if result.data is None and errors else {**errors, "data": result.data}

    def _entity(
        self,
        entity: Entity,
        _info: GraphQLResolveInfo[Any],
        first: int | None = None,
        after: str | None = None,
        virkningstid: Any = None,
        where: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        size, asked = length(first), filters.conditions(where)
        column, values = filters.key_of(entity, asked)
        effective = danish_date(virkningstid) if virkningstid else None
        behind = key_in(after) if after else None
        found = [
            row
            for unit in self._units(entity, column, values)
            for row in self._register.rows(entity, unit)
            if (effective is None or in_force(row, effective))
            and all(each.fits(row) for each in asked)
            and (behind is None or row_key(row) > behind)
        ]
        return page(sorted(found, key=row_key), size, row_key)

    def _units(self, entity: Entity, column: str, values: tuple[Any, ...]) -> list[str]:
        found = (unit for value in values for unit in self._register.units_with(entity, column, value))
        return list(dict.fromkeys(found))

    def _events(
        self,
        _info: GraphQLResolveInfo[Any],
        first: int | None = None,
        after: str | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        size, asked = length(first), filters.conditions(where)
        _check_bounds(asked)
        rows = self._register.events(_begin(asked, after))
        return page(self._fitting(rows, asked), size, _event_key)

    @staticmethod
    def _fitting(rows: Iterator[Row], asked: tuple[filters.Condition, ...]) -> Iterator[Row]:
        return (row for row in rows if all(each.fits(row) for each in asked))


def _begin(asked: tuple[filters.Condition, ...], after: str | None) -> int:
    """The first event that need be looked at."""
    more = {"gt": 1, "gte": 0, "eq": 0}
    bounds = [
        each.value + more[each.operation]
        for each in asked
        if each.column == "eventid" and each.operation in more and each.value is not None
    ]
    if after:
        key = key_in(after)
        if len(key) != 1 or not key[0].isdecimal():
            raise Rejected("HC0078", "The cursor specified in `after` has an invalid format.")
        bounds.append(int(key[0]) + 1)
    return max(bounds, default=1)


def _check_bounds(asked: tuple[filters.Condition, ...]) -> None:
    """Numbers in a filter of events begin at 1, as the schema's bounds say."""
    for each in asked:
        values = each.value if each.operation == "in" else (each.value,)
        if any(isinstance(value, int) and value < 1 for value in values or ()):
            raise Rejected("DAF-GQL-0015", f"The value of the filter on {each.column} is out of bounds")


def _event_key(row: Row) -> Key:
    return (f"{row['eventid']:0{_EVENT_DIGITS}}",)


def _with(roots: Mapping[str, Callable[..., Any]], spoilt: Spoilt) -> dict[str, Callable[..., Any]]:
    def refuse(_info: GraphQLResolveInfo[Any], **_: Any) -> Any:
        raise Rejected(spoilt.code, spoilt.message)

    return {**roots, **dict.fromkeys(spoilt.roots, refuse)}


def _told(errors: Any) -> list[dict[str, Any]]:
    return [_formatted(error) for error in errors]


def _formatted(error: GraphQLError) -> dict[str, Any]:
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    shown: dict[str, Any] = dict(error.formatted)
    return {**shown, "extensions": {"traceId": trace, **(error.extensions or {})}}
