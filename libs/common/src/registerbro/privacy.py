"""Personal numbers are masked wherever text leaves: logs, traces, error texts.

Ten digits, or six and four, whose first six can be a date (day + 60 in administrative numbers) count as a personal number
in any text: rather one mask too many. A record of CPR begins with its type and a number, and numbers follow each other in
it without a space, so a longer run of digits is masked whole when it starts like one. Left alone are UUIDs and hexadecimal
digests, decimals, and integers in fields that are known to hold none (``contact_id``, ``size_bytes``).
"""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, MutableMapping
from decimal import Decimal
from typing import Any

_DATE = r"(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(?:0[1-9]|1[0-2])\d\d"
_HEX = "0-9A-Fa-f"
_SPARED = (
    rf"(?<![{_HEX}-])[{_HEX}]{{8}}-[{_HEX}]{{4}}-[{_HEX}]{{4}}-[{_HEX}]{{4}}-[{_HEX}]{{12}}(?![{_HEX}-])"
    rf"|(?<![0-9A-Za-z])(?=\d*[A-Fa-f])(?:[{_HEX}]{{64}}|[{_HEX}]{{40}}|[{_HEX}]{{32}}|[{_HEX}]{{16}})(?![0-9A-Za-z])"
)
_BEFORE = rf"(?:(?<!\d)(?<!\d\.)|(?<=%[{_HEX}][{_HEX}]))"  # digits of a percent-encoded character are none of the number's
_NUMBER = rf"{_BEFORE}(?P<type>0\d\d|9\d\d)?(?P<date>{_DATE})[-– ]?\d{{4}}\d*"
_PATTERN = re.compile(rf"(?P<spared>{_SPARED})|{_NUMBER}")
_INTEGER_FIELDS = re.compile(
    r"(^|_)(id|ids|ms|ns|us|seconds|bytes|size|count|counts|total|line|lineno|offset|pid|thread|process|port|time|timestamp)$"
)


def mask(text: str) -> str:
    """The text with everything shaped like a personal number as ``010160-xxxx``. Masking twice changes nothing."""
    masked = _PATTERN.sub(_masked, text)
    return (
        masked if masked == text else mask(masked)
    )  # a mask can lay bare a number that stood behind digits and a point


def is_suspect(text: str) -> bool:
    """Whether the text holds something shaped like a personal number."""
    return any(found["spared"] is None for found in _PATTERN.finditer(text))


def _masked(found: re.Match[str]) -> str:
    return found["spared"] or f"{found['type'] or ''}{found['date']}-xxxx"


def mask_value(value: Any, field: str = "") -> Any:
    """Any value, masked at every depth; what is not plain data becomes its masked ``repr``."""
    if isinstance(value, Mapping):
        return {mask_value(key): mask_value(entry, str(key)) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(entry, field) for entry in value]
    return _mask_scalar(value, field)


def _mask_scalar(value: Any, field: str) -> Any:
    match value:
        case bool() | float() | None | uuid.UUID() | dt.date() | dt.time() | dt.timedelta() | Decimal():
            return value
        case str():
            return mask(str(value))
        case int():
            return int(value) if _INTEGER_FIELDS.search(field) else _mask_integer(int(value))
        case bytes():
            return mask(value.decode("latin-1"))
        case _:
            return mask(repr(value))


def _mask_integer(value: int) -> int | str:
    text = f"{value:010d}"
    return mask(text) if len(text) == 10 and is_suspect(text) else value


def mask_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks the message, the facts and the exception's text."""
    return {key: mask_value(value, key) for key, value in event.items()}


_CREDENTIALS = re.compile(
    r"(?P<url>(?<=://)[^:/@\s]*:)[^@/\s]+(?=@)"
    r"|(?P<pair>\b\w*(?:password|passwd|pwd|secret|token|key)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,}]+"
    r"|(?P<bearer>\b(?:Bearer|Basic)\s+)[\w.~+/=-]+",
    re.IGNORECASE,
)


def scrub(text: str) -> str:
    """The text of an error from elsewhere, fit to be shown: numbers masked, and what looks like a credential."""
    return mask(
        _CREDENTIALS.sub(lambda found: f"{found['url'] or found['pair'] or found['bearer']}***", text)
    )
