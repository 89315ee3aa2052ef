"""Filters as plain Python would work them out: random ones, as text for a query, and evaluated row by row.

Null follows OData part 2, 5.1.1.1: comparisons say true or false also of null, functions and ``not`` of null are null.
"""

import dataclasses
import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st

Row: TypeAlias = Mapping[str, Any]
Truth: TypeAlias = bool | None
TEXTS = ["", "A", "Anna", "anna", "ANNA", "Ann", "O'Brien", "100%", "_", "a\\b", "Ærø", "æ", "Žižek", "😀", "'; drop table contact; --",
         "Person med cprnr 0101800001", "Person med", "Far til 0101800001", "- ikke importeret"]  # fmt: skip
PARTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclasses.dataclass(frozen=True)
class Value:
    """A value: a property, a literal, or a function of one."""

    text: str
    of: Callable[[Row], Any] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Condition:
    """A condition: as text, and as what it says of a row."""

    text: str
    of: Callable[[Row], Truth] = dataclasses.field(repr=False)


def literal(value: Any) -> Value:
    """A value as it is written in a query."""
    match value:
        case None:
            text = "null"
        case bool():
            text = str(value).lower()
        case str():
            text = "'" + value.replace("'", "''") + "'"
        case dt.datetime():
            text = value.isoformat().replace("+00:00", "Z")
        case _:
            text = str(value)
    return Value(text, lambda _: value)


def prop(name: str, variable: str = "") -> Value:
    """A property, of the row or of the variable of a lambda."""
    key = f"{variable}/{name}" if variable and name else variable or name
    return Value(key, lambda row: row[key])


def compared(left: Value, word: str, right: Value) -> Condition:
    """Two values compared."""

    def of(row: Row) -> Truth:
        a, b = left.of(row), right.of(row)
        if word in ("eq", "ne"):
            return bool((a == b) == (word == "eq"))
        if a is None or b is None:
            return word in ("ge", "le") and a is None and b is None
        return ORDER[word](a, b)

    return Condition(f"{left.text} {word} {right.text}", of)


def called(name: str, text: Value, part: Value) -> Condition:
    """``contains``, ``startswith`` or ``endswith``."""
    plain = PARTS[name]

    def of(row: Row) -> Truth:
        a, b = text.of(row), part.of(row)
        return None if a is None or b is None else plain(a, b)

    return Condition(f"{name}({text.text},{part.text})", of)


def applied(name: str, function: Callable[[Any], Any], value: Value) -> Value:
    """A function of one value; null of null."""
    return Value(
        f"{name}({value.text})", lambda row: None if value.of(row) is None else function(value.of(row))
    )


def listed(value: Value, among: list[Any]) -> Condition:
    """``in``."""
    return Condition(
        f"{value.text} in ({','.join(literal(each).text for each in among)})",
        lambda row: value.of(row) in among,
    )


def negated(condition: Condition) -> Condition:
    """``not``."""
    return Condition(
        f"not ({condition.text})", lambda row: None if (said := condition.of(row)) is None else not said
    )


def joined(left: Condition, word: str, right: Condition) -> Condition:
    """``and`` and ``or``, of which null is unknown."""

    def of(row: Row) -> Truth:
        decides = word == "or"
        said = (left.of(row), right.of(row))
        return decides if decides in said else None if None in said else not decides

    return Condition(f"({left.text} {word} {right.text})", of)


def quantified(collection: str, word: str, variable: str, inner: Condition) -> Condition:
    """``any`` and ``all``; an element is a mapping of members, or a plain value."""
    test = any if word == "any" else all
    return Condition(
        f"{collection}/{word}({variable}: {inner.text})",
        lambda row: test(inner.of({**row, **_named(variable, each)}) is True for each in row[collection]),
    )


def _named(variable: str, element: Any) -> Row:
    if isinstance(element, dict):
        return {f"{variable}/{name}": value for name, value in element.items()}
    return {variable: element}


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or null."""
    return st.one_of(st.none(), values)


def conditions(
    numbers: list[str], days: list[dt.date], moments: list[dt.datetime]
) -> st.SearchStrategy[Condition]:
    """Random filters over contacts; the values that they compare with occur in the store."""
    texts, words = st.sampled_from(TEXTS), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
    equality = st.sampled_from(["eq", "ne"])
    name = st.sampled_from([prop("Name1"), prop("Name2"), prop("Text")])
    folded = st.one_of(name, name.map(lambda each: applied("tolower", str.lower, each)))
    calls = st.sampled_from(["contains", "startswith", "endswith"])
    simple = st.one_of(
        st.builds(compared, folded, words, nullable(texts).map(literal)),
        st.builds(compared, name, words, name),
        st.builds(called, calls, folded, texts.map(literal)),
        st.builds(listed, name, st.lists(nullable(texts), min_size=1, max_size=4)),
        st.builds(
            compared, st.just(prop("NameCode")), words, nullable(st.sampled_from(numbers)).map(literal)
        ),
        st.builds(
            listed, st.just(prop("NameCode")), st.lists(st.sampled_from(numbers), min_size=1, max_size=3)
        ),
        st.builds(compared, st.just(prop("StartDate")), words, nullable(st.sampled_from(days)).map(literal)),
        st.builds(compared, st.just(prop("UpdatedAt")), words, st.sampled_from(moments).map(literal)),
        st.builds(compared, st.just(prop("Version")), words, st.integers(0, 3).map(literal)),
        st.builds(compared, st.just(prop("IsProtected")), equality, st.booleans().map(literal)),
        st.builds(
            compared,
            folded.map(lambda each: applied("length", len, each)),
            words,
            st.integers(0, 8).map(literal),
        ),
        st.builds(
            compared,
            st.just(applied("year", lambda day: day.year, prop("StartDate"))),
            words,
            st.integers(2019, 2022).map(literal),
        ),
    )
    in_info = st.one_of(
        st.builds(
            compared,
            st.just(prop("Label", "i")),
            equality,
            st.sampled_from(["Status", "Bynavn"]).map(literal),
        ),
        st.builds(
            compared,
            st.just(prop("Value", "i")),
            words,
            nullable(st.sampled_from(["01", "03", "Viby"])).map(literal),
        ),
    )
    in_home = st.one_of(
        st.builds(
            compared,
            st.just(prop("Postcode", "a")),
            equality,
            nullable(st.sampled_from(["8000", "2750"])).map(literal),
        ),
        st.builds(called, calls, st.just(prop("Address1", "a")), texts.map(literal)),
    )
    in_number = st.builds(compared, st.just(prop("", "n")), words, st.sampled_from(numbers).map(literal))
    words_of_all = st.sampled_from(["any", "all"])

    def combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        return st.one_of(
            st.builds(joined, inner, st.sampled_from(["and", "or"]), inner), st.builds(negated, inner)
        )

    def over(name: str, variable: str, inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        deeper = st.recursive(inner, combined, max_leaves=3)
        return st.builds(quantified, st.just(name), words_of_all, st.just(variable), deeper)

    lambdas = st.one_of(
        over("Info", "i", in_info), over("Addresses", "a", in_home), over("PreviousNameCodes", "n", in_number)
    )
    return st.recursive(st.one_of(simple, simple, lambdas), combined, max_leaves=6)
