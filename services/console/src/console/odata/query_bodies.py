"""Query options in the body of a ``POST …/$query`` (OData URL conventions 4.01, 4.17), where they may hold personal numbers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from registerbro.problems import UnsupportedMediaType

from console.odata.refusals import QueryMalformed

TEXT, FORM, JSON = "text/plain", "application/x-www-form-urlencoded", "application/json"
NUMBERS = frozenset({"$top", "$skip"})
MOST_OPTIONS = 30
BODY = "the body"


def options(content_type: str, body: bytes) -> dict[str, str]:
    """The options by name; ``QueryMalformed`` if they cannot be read, ``UnsupportedMediaType`` for another type."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return _of_json(body)
    if kind not in (TEXT, FORM):
        raise UnsupportedMediaType(f"Query options come as {TEXT}, {FORM} or {JSON}.")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_OPTIONS,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise QueryMalformed(BODY, "is options as in a URL, name=value with & between them") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise QueryMalformed(BODY, "gives an option twice")
    return found


def together(url: Mapping[str, str], body: Mapping[str, str]) -> dict[str, str]:
    """The options of URL and body, which make one query."""
    if twice := sorted(url.keys() & body.keys()):
        raise QueryMalformed(twice[0], "stands in the URL and in the body")
    return {**url, **body}


def _of_json(body: bytes) -> dict[str, str]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise QueryMalformed(BODY, "is no JSON") from None
    if not isinstance(found, dict):
        raise QueryMalformed(BODY, "is an object with the options as members")
    return {name: _text(name, value) for name, value in found.items()}


def _text(name: str, value: Any) -> str:
    wanted = int if name in NUMBERS else str
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise QueryMalformed(BODY, f"takes numbers for {' and '.join(sorted(NUMBERS))}, text for all others")
    return str(value)
