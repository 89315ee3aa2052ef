"""What a query's ``where`` means: conditions that a row fulfils all, exact and with regard to case."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from registerbro_sandbox.datafordeler.entities import MOST_IN_LIST, Entity
from registerbro_sandbox.datafordeler.errors import Rejected
from registerbro_sandbox.datafordeler.register import Row


class Condition(NamedTuple):
    """One column compared."""

    column: str
    operation: str
    value: Any

    def fits(self, row: Row) -> bool:
        """Whether a row fulfils it."""
        return _OPERATIONS[self.operation](row[self.column], self.value)


def conditions(where: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """Everything that a filter asks for. Raises ``Rejected`` for a list that is too long."""
    found = tuple(_each(where or {}))
    if any(each.operation == "in" and len(each.value or ()) > MOST_IN_LIST for each in found):
        raise Rejected(
            "DAF-GQL-0016",
            f"The number of elements in the supplied 'in' list is not allowed to exceed {MOST_IN_LIST}",
        )
    return found


def key_of(entity: Entity, asked: Iterable[Condition]) -> tuple[str, tuple[Any, ...]]:
    """The key column that a query finds units by, and its values. Raises ``Rejected`` if it has none."""
    for each in asked:
        if each.column in entity.keys and each.operation in {"eq", "in"}:
            return each.column, (each.value,) if each.operation == "eq" else tuple(each.value or ())
    raise Rejected(
        "DAF-GQL-0009",
        "When retrieving data for this entity, a filter on at least one of the following fields must be specified: "
        + ", ".join(sorted(entity.keys)),
    )


def _each(where: Mapping[str, Any]) -> Iterator[Condition]:
    for column, comparison in where.items():
        if column == "and":
            for part in comparison or ():
                yield from _each(part)
        else:
            for operation, value in (comparison or {}).items():
                yield Condition(column, operation, value)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that nothing fulfils where either side has no value."""
    return lambda has, value: has is not None and value is not None and compare(has, value)


def _negated(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda has, value: not compare(has, value)


_COMPARISONS = {
    name: _ordered(getattr(operator, python))
    for name, python in {"gt": "gt", "gte": "ge", "lt": "lt", "lte": "le"}.items()
}
_OPERATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "in": lambda has, values: has in (values or ()),
    **_COMPARISONS,
    **{f"n{name}": _negated(compare) for name, compare in _COMPARISONS.items()},
}
