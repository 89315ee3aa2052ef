"""Values in expressions: what is compared, with its type and with whether it may be null."""

import dataclasses
import datetime as dt
import re

from odata_query import ast

from console.odata.binding import SQL_TYPES, Binder, Row
from console.odata.edm import Edm, Property
from console.odata.parsing import Literal
from console.odata.refusals import NotSupported, QueryMalformed

NUMERIC = frozenset({Edm.INT32, Edm.INT64, Edm.DOUBLE})
LARGEST = 2**63 - 1
DIGITS = len(str(LARGEST))
_WITH_OFFSET = re.compile(r"(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """A value: its SQL and type (None: null); ``literal`` where the client wrote it; ``of`` where it is a property.

    ``is_folded``: the property in lower case.
    """

    sql: str
    type: Edm | None
    may_be_null: bool
    literal: object = None
    of: tuple[Row, Property] | None = None
    is_folded: bool = False

    def collated(self) -> "Term":
        """A text with its order by code points, which is the same on every machine."""
        if self.type is not Edm.STRING:
            return self
        return dataclasses.replace(self, sql=f'({self.sql} collate "C")')


NULL = Term("null", None, may_be_null=True)


def of_property(row: Row, prop: Property, c: str = "") -> Term:
    """A property of a row."""
    may_be_null = prop.nullable or (prop.may_be_null and not row.binder.sees_protected)
    return Term(row.value(prop, c), prop.type, may_be_null, of=(row, prop))


def of_literal(option: str, node: Literal, binder: Binder) -> Term:
    """A value that the client wrote, as a parameter."""
    if isinstance(node, ast.Null):
        return NULL
    value, kind = value_of(option, node)
    return Term(binder.bind(value, SQL_TYPES[kind]), kind, may_be_null=False, literal=value)


def are_comparable(left: Edm | None, right: Edm | None) -> bool:
    """Whether values of two types can be compared; null with everything."""
    return left is None or right is None or left == right or {left, right} <= NUMERIC


def value_of(option: str, node: Literal) -> tuple[object, Edm]:
    match node:
        case ast.String(val=text):
            return text, Edm.STRING
        case ast.Integer():
            if len(node.val.lstrip("+-")) > DIGITS or abs(node.py_val) > LARGEST:
                raise QueryMalformed(option, "an integer is too large")
            return node.py_val, Edm.INT64
        case ast.Float():
            return node.py_val, Edm.DOUBLE
        case ast.Boolean():
            return node.py_val, Edm.BOOLEAN
        case ast.GUID():
            return node.py_val, Edm.GUID
        case ast.Date() | ast.DateTime():
            return _moment(option, node)
        case _:
            raise NotSupported(f"a value of type {type(node).__name__}")


def _moment(option: str, node: ast.Date | ast.DateTime) -> tuple[dt.date, Edm]:
    try:
        if isinstance(node, ast.Date):
            return node.py_val, Edm.DATE
        if not _WITH_OFFSET.search(node.val):
            raise QueryMalformed(option, "a time needs Z or its offset from UTC at the end")
        moment: dt.datetime = node.py_val
        return moment.astimezone(dt.UTC), Edm.TIME
    except (ValueError, OverflowError):
        raise QueryMalformed(option, "there is no such date") from None
