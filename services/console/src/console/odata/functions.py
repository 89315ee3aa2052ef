"""The functions that expressions may call: their SQL, and the types that they take and give."""

import dataclasses
from collections.abc import Mapping, Sequence

from console.odata.edm import Edm
from console.odata.refusals import NotSupported, QueryMalformed
from console.odata.terms import Term

FOLDED = 'lower({0} collate "pg_c_utf8")'  # the same on every machine, whatever its locale


@dataclasses.dataclass(frozen=True, slots=True)
class Function:
    """A function of OData (part 2, 5.1.1): null where an argument is null."""

    sql: str
    gives: Edm
    takes: tuple[frozenset[Edm], ...]


def _text(sql: str, gives: Edm, count: int = 1) -> Function:
    return Function(sql, gives, (frozenset({Edm.STRING}),) * count)


def _part(name: str, *types: Edm) -> Function:
    return Function(f"extract({name} from {{0}})::bigint", Edm.INT64, (frozenset(types),))


FUNCTIONS: Mapping[str, Function] = {
    "contains": _text('(strpos({0} collate "C", {1} collate "C") > 0)', Edm.BOOLEAN, 2),
    "startswith": _text('starts_with({0} collate "C", {1} collate "C")', Edm.BOOLEAN, 2),
    "endswith": _text('(right({0}, length({1})) collate "C" = {1} collate "C")', Edm.BOOLEAN, 2),
    "length": _text("length({0})::bigint", Edm.INT64),
    "indexof": _text('(strpos({0} collate "C", {1} collate "C") - 1)::bigint', Edm.INT64, 2),
    "concat": _text('(({0} collate "C") || ({1} collate "C"))', Edm.STRING, 2),
    "tolower": _text(FOLDED, Edm.STRING),
    "toupper": _text('upper({0} collate "pg_c_utf8")', Edm.STRING),
    "trim": _text("btrim({0}, E' \\t\\n\\r\\f\\v')", Edm.STRING),
    "year": _part("year", Edm.DATE, Edm.TIME),
    "month": _part("month", Edm.DATE, Edm.TIME),
    "day": _part("day", Edm.DATE, Edm.TIME),
    "hour": _part("hour", Edm.TIME),
    "minute": _part("minute", Edm.TIME),
    "second": Function("floor(extract(second from {0}))::bigint", Edm.INT64, (frozenset({Edm.TIME}),)),
    "date": Function("({0})::date", Edm.DATE, (frozenset({Edm.TIME}),)),
    "now": Function("now()", Edm.TIME, ()),
}


def call(option: str, name: str, arguments: Sequence[Term]) -> Term:
    """A function of some values; ``NotSupported`` or ``QueryMalformed`` name it where it cannot be called."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise NotSupported(f"the function {name}")
    for argument, types in zip(arguments, function.takes, strict=True):
        if argument.type is not None and argument.type not in types:
            raise QueryMalformed(option, f"{name} takes {' or '.join(sorted(types))}, not {argument.type}")
    sql = function.sql.format(
        *(_typed(each, types) for each, types in zip(arguments, function.takes, strict=True))
    )
    first = arguments[0] if arguments else None
    if name == "tolower" and first is not None and first.of is not None and not first.is_folded:
        return Term(sql, Edm.STRING, first.may_be_null, of=first.of, is_folded=True)
    return Term(sql, function.gives, any(each.may_be_null for each in arguments))


def _typed(term: Term, types: frozenset[Edm]) -> str:
    if term.type is not None:
        return term.sql
    return "null::text" if Edm.STRING in types else "null::timestamptz"
