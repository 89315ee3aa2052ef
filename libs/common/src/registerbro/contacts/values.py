"""What may be written into a contact by hand: texts, dates and labels, each with its bounds.

Texts are normalised (NFC) and stripped; they hold neither control characters nor marks that turn the direction of the text
around them. Every check raises ``ValueRefused``, which names the place and never the value.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from registerbro.contacts.layers import scope_of
from registerbro.contacts.model import CURRENT_NUMBER_LABEL, Precision
from registerbro.contacts.refusals import ValueRefused
from registerbro.contacts.state import FORMER

LONGEST = {"name1": 200, "name2": 200, "text": 400, "position": 200}
LONGEST_ADDRESS = {
    "address1": 100, "address2": 100, "address3": 100, "postcode": 10, "post_district": 60, "municipality": 4,
    "country_code": 2, "phone_no": 40, "fax": 40, "email": 254,
}  # fmt: skip
ADDRESS_DATES = ("start_date", "end_date", "protection")
LONGEST_LABEL = 50
LONGEST_VALUE = 1000
MOST_VALUES = 100
READ_ONLY_LABELS = frozenset({CURRENT_NUMBER_LABEL})  # repeats the number, which only the register changes
_UNSEEN = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHAPES = {
    "postcode": re.compile(r"[0-9A-Za-z -]*"),
    "municipality": re.compile(r"([0-9]{4})?"),
    "country_code": re.compile(r"([A-Z]{2})?"),
    "phone_no": re.compile(r"[0-9+() /.-]*"),
    "fax": re.compile(r"[0-9+() /.-]*"),
    "email": re.compile(r"([^@\s]+@[^@\s]+\.[^@\s]+)?"),
}
_ADDRESS_TYPE = re.compile(r"[A-Z][A-Z0-9]{0,9}")
_REST = {Precision.YEAR: (4, "-01-01"), Precision.MONTH: (7, "-01"), Precision.DAY: (10, ""), Precision.MINUTE: (16, "")}  # fmt: skip


def contact_values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of columns and labels as the store takes them, ``address:<type>`` with its fields. Raises ``ValueRefused``."""
    scope = scope_of(frozenset(changes))
    if scope.protections or scope.roles:
        raise ValueRefused("protections" if scope.protections else "reference", "not changed in this way")
    return {key: _value(key, value) for key, value in changes.items()}


def address_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an address as the store takes them. Raises ``ValueRefused``."""
    return {name: _address_value(name, value) for name, value in fields.items()}


def address_type(text: str) -> str:
    """The type of an address: ``HA``, ``CPRADR``, ``KONTAKT``, or one of one's own. Raises ``ValueRefused``."""
    if not _ADDRESS_TYPE.fullmatch(text):
        raise ValueRefused("address:type", "1 to 10 capital letters A-Z and digits, a letter first")
    return text


def check_period(start: dt.date | None, end: dt.date | None, place: str = "end_date") -> None:
    """Raises ``ValueRefused`` where something ends before it starts."""
    if start is not None and end is not None and end < start:
        raise ValueRefused(place, "it cannot end before it starts")


def check_address(kind: str, fields: Mapping[str, Any]) -> None:
    """Raises ``ValueRefused`` where an address as a whole cannot be: its period, and the end of a former one."""
    check_period(fields.get("start_date"), fields.get("end_date"), "address:end_date")
    if kind == FORMER and fields.get("end_date") is None:
        raise ValueRefused("address:end_date", "a former address has an end date")


def _address_value(name: str, value: Any) -> str | dt.date | None:
    place = f"address:{name}"
    if name in ADDRESS_DATES:
        return _date(place, value)
    if name not in LONGEST_ADDRESS:
        raise ValueRefused(place, "there is no such field")
    text = _text(place, value, LONGEST_ADDRESS[name])
    if name in _SHAPES and not _SHAPES[name].fullmatch(text):
        raise ValueRefused(place, "not of the form that is stored there")
    return text


def _value(key: str, value: Any) -> Any:
    kind, _, label = key.partition(":")
    if key in LONGEST:
        return _text(key, value, LONGEST[key])
    if key in ("start_date", "end_date"):
        return _date(key, value)
    if kind == "address":
        return address_values(value)
    if label in READ_ONLY_LABELS:
        raise ValueRefused(key, "read-only: it repeats the contact's number")
    if label != _text(key, label, LONGEST_LABEL) or len(value) > MOST_VALUES:
        raise ValueRefused(key, f"a label of {LONGEST_LABEL} characters and {MOST_VALUES} values at most")
    return _texts(key, value) if kind == "info" else _dates(key, value)


def _texts(key: str, values: Sequence[Any]) -> list[str]:
    texts = [_text(key, each, LONGEST_VALUE) for each in values]
    if not all(texts):
        raise ValueRefused(key, "a value cannot be empty: leave it out")
    return texts


def _dates(key: str, values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_partial_date(key, each) for each in values]


def _partial_date(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    value, precision = given["value"], given["precision"]
    try:
        length, rest = _REST[Precision(precision)]
        is_date = len(value) == length and dt.datetime.fromisoformat(value + rest) is not None
    except ValueError:
        is_date = False
    if not is_date or not value.isascii():
        raise ValueRefused(key, "not a date as ISO 8601 writes it, cut at its precision")
    return {"value": value, "precision": str(precision), "uncertain": bool(given.get("uncertain", False))}


def _date(place: str, value: Any) -> dt.date | None:
    if value is not None and (not isinstance(value, dt.date) or isinstance(value, dt.datetime)):
        raise ValueRefused(place, "a date, or none")
    return value


def _text(place: str, value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueRefused(place, "a text")
    text = unicodedata.normalize("NFC", value).strip()
    if len(text) > longest:
        raise ValueRefused(place, f"{longest} characters at most")
    if any(unicodedata.category(mark) in _UNSEEN or mark in _TURNING for mark in text):
        raise ValueRefused(place, "printable characters only, on one line")
    return text
