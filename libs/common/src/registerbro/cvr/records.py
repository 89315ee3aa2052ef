"""An answer of CVR's as it was delivered (``Unit.records``), for people to read.

CVR's data hold no personal numbers. Should one be in a text all the same it is masked; a P-number, which has ten digits too,
is not: it is known by its key.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from registerbro.privacy import mask

_P_NUMBER_KEY = re.compile(r"p-?(?:nummer|number)", re.IGNORECASE)


def decoded(records: str) -> Any:
    """The answer as plain data, keys as the provider spells them; the masked text where it is none of JSON."""
    try:
        return _masked(orjson.loads(records))
    except orjson.JSONDecodeError:
        return mask(records)


def p_numbers(answer: Any) -> frozenset[str]:
    """The P-numbers that a decoded answer names."""
    return frozenset(_p_numbers(answer, ""))


def _masked(value: Any, key: str = "") -> Any:
    match value:
        case str() | int() if _P_NUMBER_KEY.fullmatch(key):
            return value
        case str():
            return mask(value)
        case int() if not isinstance(value, bool):
            shown = mask(str(value))
            return value if shown == str(value) else shown
        case dict():
            return {mask(name): _masked(entry, name) for name, entry in value.items()}
        case list():
            return [_masked(entry, key) for entry in value]
        case _:
            return value


def _p_numbers(value: Any, key: str) -> Iterator[str]:
    match value:
        case str() | int() if _P_NUMBER_KEY.fullmatch(key):
            yield str(value)
        case dict():
            for name, entry in value.items():
                yield from _p_numbers(entry, name)
        case list():
            for entry in value:
                yield from _p_numbers(entry, key)
