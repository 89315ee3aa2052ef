"""``$orderby``, and where a page goes on: after the values that the last row was ordered by, which no insertion shifts.

Null is the lowest value. The key comes last, so that no two rows are equal.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console.odata import filtering, limits, parsing, terms
from console.odata.binding import SQL_TYPES, Row
from console.odata.edm import Edm
from console.odata.refusals import QueryMalformed, SkipTokenInvalid
from console.odata.terms import Term

OPTION = "$orderby"
_DIRECTIONS = frozenset({"asc", "desc"})
_READ: Mapping[Edm, Callable[[Any], object]] = {  # from JSON
    Edm.DATE: dt.date.fromisoformat,
    Edm.TIME: dt.datetime.fromisoformat,
    Edm.GUID: uuid.UUID,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Ordering:
    """One value that rows are ordered by."""

    term: Term
    is_descending: bool = False

    @property
    def sql(self) -> str:
        """As it stands in ``order by``; the nulls are spoken of only where there can be any, so that an index fits."""
        nulls = (" nulls last" if self.is_descending else " nulls first") if self.term.may_be_null else ""
        return f"{self.term.collated().sql}{' desc' if self.is_descending else ''}{nulls}"


def orderings(text: str, row: Row) -> list[Ordering]:
    """What the rows are ordered by."""
    asked = [_ordering(part.strip(), row) for part in parsing.split(text, ",")] if text.strip() else []
    limits.check(f"values in {OPTION}", len(asked), limits.ORDERINGS)
    known = {each.term.sql for each in asked}
    is_descending = bool(asked) and asked[-1].is_descending  # as the last, so that one index serves both
    keys = [Ordering(terms.of_property(row, each), is_descending) for each in row.entity.keys]
    return asked + [each for each in keys if each.term.sql not in known]


def _ordering(part: str, row: Row) -> Ordering:
    words = part.rsplit(maxsplit=1)
    direction = words.pop() if len(words) == 2 and words[1] in _DIRECTIONS else ""
    if not part:
        raise QueryMalformed(OPTION, "there is nothing between two commas")
    term = filtering.expression(OPTION, words[0] if direction else part, row)
    if term.type is None or term.literal is not None:
        raise QueryMalformed(OPTION, "a constant orders nothing")
    return Ordering(term, direction == "desc")


def after(order: Sequence[Ordering], last: Sequence[Any], row: Row) -> str:
    """The condition of standing after a row; ``last`` are its values as ``values`` gave them, through JSON."""
    if len(order) != len(last):
        raise SkipTokenInvalid
    bound = [_bound(each.term, value, row) for each, value in zip(order, last, strict=True)]
    if len({each.is_descending for each in order}) == 1 and not any(each.term.may_be_null for each in order):
        columns = ", ".join(each.term.collated().sql for each in order)
        return f"({columns}) {'<' if order[0].is_descending else '>'} ({', '.join(map(str, bound))})"
    condition = "false"
    for each, value in reversed([*zip(order, bound, strict=True)]):
        condition = _further(each, value, condition)
    return condition


def values(order: Sequence[Ordering]) -> str:
    """What a row is ordered by, as a JSON array."""
    return f"json_build_array({', '.join(each.term.sql for each in order)})"


def _bound(term: Term, value: Any, row: Row) -> str | None:
    if value is None or term.type is None:
        return None
    try:
        read = _READ[term.type](value) if term.type in _READ else value
    except (TypeError, ValueError):
        raise SkipTokenInvalid from None
    return row.binder.bind(read, SQL_TYPES[term.type])


def _further(each: Ordering, value: str | None, rest: str) -> str:
    column = each.term.collated().sql
    if value is None:
        equal = f"({column} is null and {rest})"
        return equal if each.is_descending else f"({column} is not null or {equal})"
    beyond = f"{column} {'<' if each.is_descending else '>'} {value}"
    if each.is_descending and each.term.may_be_null:
        beyond = f"({beyond} or {column} is null)"
    return f"({beyond} or ({column} = {value} and {rest}))"
